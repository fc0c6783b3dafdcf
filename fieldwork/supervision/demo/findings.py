"""What is found in the demo, and what becomes of each finding: one story for every way that a hazard may go.

Nothing of it exists. A stored hazard is known again by its description, so that a later run tells its story on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fieldwork.hazards.enums import Action, Category, Grade

_A, _C = Action, Category
OFFICE, UNIT, FINDER = "office", "unit", "finder"
LONGEST_DAYS = 25  # from the report to the last step of a story


@dataclass(frozen=True, slots=True)
class Move:
    """A step so many days after the report; `deadline` is in days after the report too, `shown` says that a photo shows
    the hazard rectified."""

    action: Action
    by: str
    after_days: float
    said: Mapping[str, Any] = field(default_factory=dict)
    deadline: int | None = None
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Tale:
    """`again` tells of a second report of the same, which is dismissed as its duplicate."""

    category: Category
    description: str
    moves: tuple[Move, ...] = ()
    grade: Grade = Grade.GENERAL
    again: str = ""


def _graded(grade: Grade = Grade.GENERAL, reason: str = "") -> Move:
    return Move(_A.GRADE, OFFICE, 1, {"grade": grade.value, "reason": reason})


def _assigned(deadline: int, measures: str, **points: str) -> Move:
    more = {"responsibility": "", "funds": "", "emergency_plan": "", **points}
    said = {"rectifying_person": "演示·负责人", "measures": measures, **more}
    return Move(_A.ASSIGN, OFFICE, 1.02, said, deadline)


def _submitted(after_days: float, account: str, *, shown: bool = True) -> Move:
    return Move(_A.SUBMIT, UNIT, after_days, {"account": account}, shown=shown)


def _accepted(after_days: float, by: str = OFFICE) -> Move:
    return Move(_A.ACCEPT, by, after_days, {"remark": "演示：现场复核，已整改到位。", "check_in": None})


def _because(action: Action, by: str, after_days: float, reason: str, **more: Any) -> Move:
    return Move(action, by, after_days, {"reason": reason, **more})


_LISTED = Move(
    _A.LIST, OFFICE, 1.01,
    {
        "batch": 1, "rectifying_person": "演示·负责人", "assisting_person": "演示·协办人",
        "supervising_person": "演示·督办人",
    },
)  # fmt: skip

TALES = (
    Tale(
        _C.PREMISES, "演示：厂区边坡排水沟堵塞，雨天存在滑塌风险。",
        (
            _graded(), _assigned(6, "演示：清疏排水沟，坡脚设置警戒。"),
            Move(_A.REQUEST_EXTENSION, UNIT, 5, {"reason": "演示：连续降雨，无法施工。"}, 16),
            _because(_A.DECIDE_EXTENSION, OFFICE, 6, "演示：情况属实，同意延期，其间加强巡查。", granted=True),
            _submitted(9, "演示：排水沟已清疏，坡脚已加固。"), _accepted(10, FINDER),
        ),
    ),
    Tale(
        _C.EQUIPMENT, "演示：塔式起重机附着装置连接松动，继续使用可能倾覆。",
        (
            _graded(Grade.MAJOR, "演示：可能造成群死群伤，核定为重大隐患。"), _LISTED,
            _assigned(40, "演示：停用塔机，由检测机构检验合格后恢复使用。"),
        ),
        again="演示：塔吊附着松动（同一隐患再次上报）。",
    ),
    Tale(
        _C.ELECTRICITY, "演示：配电箱未上锁，临时用电线路拖地。",
        (_graded(), _assigned(5, "演示：配电箱上锁，线路架空敷设。")),
    ),
    Tale(
        _C.FIRE, "演示：疏散通道堆放杂物，一处安全出口上锁。",
        (
            _graded(), _assigned(7, "演示：清除杂物，拆除门锁。"), _submitted(3, "演示：通道已清空，门锁已拆除。"),
            _accepted(4), Move(_A.LOOK_BACK, FINDER, 12, {"remark": "演示：通道保持畅通。", "check_in": None}),
        ),
    ),
    Tale(
        _C.TRAINING, "演示：两名特种作业人员证书已过期。",
        (
            _graded(), _assigned(12, "演示：停止其作业，完成复审后上岗。"),
            _submitted(6, "演示：已完成复审，证书见档案。", shown=False),
        ),
    ),
    Tale(
        _C.CONFINED_SPACES, "演示：污水池作业未设警示标志，未配备气体检测仪。",
        (
            _graded(), _assigned(8, "演示：设置警示标志，购置检测仪。"),
            Move(_A.REQUEST_EXTENSION, UNIT, 4, {"reason": "演示：检测仪尚未到货。"}, 20),
        ),
    ),
    Tale(_C.EMERGENCY, "演示：应急预案未按规定备案，全年未组织演练。", (_graded(),)),
    Tale(
        _C.BEHAVIOUR, "演示：高处作业人员未系安全带。",
        (
            _graded(), _assigned(4, "演示：立即停止作业，配齐并正确使用安全带。"),
            _submitted(2, "演示：已整改并培训。"), _accepted(3),
            _because(_A.REOPEN, OFFICE, 9, "演示：回头看时又发现未系安全带。", check_in=None),
        ),
    ),
    Tale(
        _C.OTHER_SITE, "演示：门卫室外墙渗水。",
        (_because(_A.DISMISS, OFFICE, 1, "演示：属房屋维修，不属于安全隐患。", duplicate_of=None),),
    ),
    Tale(_C.LICENCES, "演示：危险化学品经营许可证即将到期，尚未申请延期换证。"),
    Tale(
        _C.SPECIAL_EQUIPMENT, "演示：厂内叉车未经检验投入使用，且制动失灵。",
        (
            _graded(Grade.MAJOR), _LISTED,
            _assigned(
                20, "演示：停用叉车，检修并报检。", responsibility="演示：由分管副厂长负责，设备科落实。",
                funds="演示：列支 2 万元。", emergency_plan="演示：停用期间改用人工转运，专人看守。",
            ),
            _submitted(8, "演示：检修完毕并检验合格。"), _accepted(9),
        ),
        grade=Grade.MAJOR,
    ),
    Tale(
        _C.OCCUPATIONAL_HEALTH, "演示：喷漆作业人员未佩戴防毒面具，通风不良。",
        (
            _graded(), _assigned(10, "演示：增设排风，配发防毒面具。"), _submitted(5, "演示：已配发防毒面具。"),
            _because(_A.RETURN, OFFICE, 6, "演示：排风仍未增设，请继续整改。"),
        ),
    ),
)  # fmt: skip


def _told_by(description: str) -> Tale | None:
    return next((tale for tale in TALES if description in (tale.description, tale.again)), None)


def moves_of(description: str) -> tuple[Move, ...]:
    """What is to be done about a hazard of the demo; of a second report, that it is dismissed."""
    tale = _told_by(description)
    if tale is None:
        return ()
    if description == tale.again:
        return (_because(_A.DISMISS, OFFICE, 1.03, ""),)
    return tale.moves
