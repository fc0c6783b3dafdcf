"""The one table of what may be done to a hazard: from which states, to which, and by whom."""

from dataclasses import dataclass

from fieldwork.hazards.enums import OPEN, TO_RECTIFY, Action, HazardState, Party

_S, _P = HazardState, Party
_AUTHORITIES = frozenset({_P.OFFICE, _P.REGULATOR})
_INSPECTORS = _AUTHORITIES | {_P.FINDER}
_NOT_WHO_RECTIFIED = frozenset({_P.RECTIFIER, _P.AIDE, _P.SUBMITTER})


@dataclass(frozen=True, slots=True)
class Transition:
    """From any of `sources` to `target` (None: it stays), by one of `parties`, and by none of `barred`.

    Where `moving` names some of the sources, it moves from these alone, and stays in the others.
    """

    sources: frozenset[HazardState]
    target: HazardState | None
    parties: frozenset[Party]
    barred: frozenset[Party] = frozenset()
    moving: frozenset[HazardState] | None = None

    def after(self, state: HazardState) -> HazardState:
        """Where it stands then."""
        stays = self.target is None or (self.moving is not None and state not in self.moving)
        return state if stays or self.target is None else self.target


def _from(*sources: HazardState) -> frozenset[HazardState]:
    return frozenset(sources)


TABLE: dict[Action, Transition] = {
    Action.GRADE: Transition(_from(*OPEN), _S.GRADED, _AUTHORITIES, moving=_from(_S.REPORTED)),
    Action.ASSIGN: Transition(_from(_S.GRADED, _S.REOPENED, _S.RECTIFYING), _S.RECTIFYING, _AUTHORITIES),
    Action.PLAN: Transition(_from(*OPEN) - {_S.REPORTED}, None, _AUTHORITIES | {_P.RECTIFIER}),
    Action.LIST: Transition(_from(*OPEN) - {_S.REPORTED}, None, frozenset({_P.OFFICE})),
    Action.SUBMIT: Transition(_from(*TO_RECTIFY), _S.SUBMITTED, frozenset({_P.RECTIFIER})),
    Action.ACCEPT: Transition(_from(_S.SUBMITTED), _S.CLOSED, _INSPECTORS, _NOT_WHO_RECTIFIED),
    Action.RETURN: Transition(_from(_S.SUBMITTED), _S.RECTIFYING, _INSPECTORS, _NOT_WHO_RECTIFIED),
    Action.REQUEST_EXTENSION: Transition(_from(_S.RECTIFYING), _S.EXTENSION_REQUESTED, frozenset({_P.RECTIFIER})),
    Action.DECIDE_EXTENSION: Transition(
        _from(_S.EXTENSION_REQUESTED), _S.RECTIFYING, _AUTHORITIES, frozenset({_P.RECTIFIER, _P.AIDE, _P.REQUESTER})
    ),
    Action.REOPEN: Transition(_from(_S.CLOSED), _S.REOPENED, _INSPECTORS | {_P.LINKED}),
    Action.LOOK_BACK: Transition(
        _from(*OPEN, _S.CLOSED), None, _INSPECTORS | {_P.LINKED, _P.NAMED}, _NOT_WHO_RECTIFIED
    ),
    Action.DISMISS: Transition(_from(_S.REPORTED, _S.GRADED), _S.DISMISSED, _AUTHORITIES),
}
