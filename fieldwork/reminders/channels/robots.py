"""Group robots of WeCom, DingTalk and Feishu, and webhooks of one's own: digests for a division's office."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from django.conf import settings

from fieldwork.reminders.channels.base import Message, Outcome, Reach, Result
from fieldwork.reminders.channels.posting import Answer, Kinds, ask, in_words, judge, read_address, together
from fieldwork.reminders.enums import Failure

if TYPE_CHECKING:
    import httpx

_PAUSE = timedelta(minutes=1)  # they take twenty a minute
# A key that is not, or no longer, good, and a group that was dissolved, end that one robot: the channel stands.
_ENDED = (Result.GONE, Failure.INVALID_ADDRESS)
# Keyword, signature or allowed addresses, as the robot's owner set them: the key is good, and an owner can let us in.
_LOCKED = (Result.REFUSED, Failure.CREDENTIALS)
_MANY = (Result.FAILED, Failure.QUOTA)
_BUSY = (Result.FAILED, Failure.UNAVAILABLE)
_BAD = (Result.REFUSED, Failure.INVALID_MESSAGE)
_WECOM: Kinds = {-1: _BUSY, 45009: _MANY, 93000: _ENDED, 93008: _ENDED, 40008: _BAD, 44004: _BAD, 45002: _BAD}
_DINGTALK: Kinds = {
    -1: _BUSY, 130101: _MANY, 410100: _MANY, 300001: _ENDED, 400101: _ENDED, 400102: _ENDED, 400013: _ENDED,
    310000: _LOCKED, 400105: _BAD, 430101: _BAD, 430102: _BAD, 430103: _BAD, 430104: _BAD,
}  # fmt: skip
_FEISHU: Kinds = {
    9499: _BAD, 11232: _MANY, 19001: _ENDED, 19002: _BAD, 19021: _LOCKED, 19022: _LOCKED, 19024: _LOCKED,
}  # fmt: skip
_FEISHU_ANYTHING = 9499


class _Request(NamedTuple):
    url: str
    json: dict[str, Any]
    params: dict[str, str] = {}
    headers: dict[str, str] = {}
    auth: tuple[str, str] | None = None


class Robots:
    code = "robots"
    batch = 20
    reach = Reach.GROUP

    def fault(self) -> str:
        return unusable() if settings.ROBOTS else "FIELDWORK_ROBOTS is not set."

    def groups(self) -> Collection[str]:
        """The codes of all divisions whose offices have a robot."""
        return frozenset(settings.ROBOTS)

    def send(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        return together([partial(_send, one) for one in messages])


def unusable() -> str:
    """The first robot whose address is wrong, by its division, without the address; empty if none is."""
    for code, url in settings.ROBOTS.items():
        try:
            read_address(url)
        except ValueError as error:
            return f"FIELDWORK_ROBOTS is not usable: that of {code}: {error}."
    return ""


async def _send(one: Message, client: "httpx.AsyncClient") -> Outcome:
    url = settings.ROBOTS.get(one.address.value) if one.address else None
    if url is None:
        return Outcome(Result.GONE, "This division has no robot any more.", Failure.NO_ADDRESS)
    robot = read_address(url)
    scheme = url.partition("://")[0].lower()
    request, judged = {"wecombot": (_wecom, _judge_wecom), "dingtalk": (_dingtalk, _judge_dingtalk),
                       "feishu": (_feishu, _judge_feishu)}.get(scheme, (_webhook, _judge_webhook))  # fmt: skip
    asked = request(robot, one)
    answer = await ask(
        client, "POST", asked.url, json=asked.json, params=asked.params, headers=asked.headers, auth=asked.auth
    )
    return answer if isinstance(answer, Outcome) else judged(answer)


def _text(robot: Any, one: Message) -> str:
    return in_words(one, names=settings.ROBOTS_NAMES, limit=robot.body_maxlen)


def _wecom(robot: Any, one: Message) -> _Request:
    said = {"msgtype": "text", "text": {"content": _text(robot, one)}}
    return _Request(f"{settings.WECOM_URL}/cgi-bin/webhook/send", said, {"key": robot.key})


def _dingtalk(robot: Any, one: Message) -> _Request:
    said = {"msgtype": "text", "text": {"content": _text(robot, one)}, "at": {"atMobiles": robot.targets}}
    params = {"access_token": robot.token}
    if robot.secret:
        at, signature = robot.get_signature()
        params |= {"timestamp": at, "sign": unquote(signature)}  # httpx quotes it again
    return _Request(f"{settings.DINGTALK_URL}/robot/send", said, params)


def _feishu(robot: Any, one: Message) -> _Request:
    said = {"msg_type": "text", "content": {"text": _text(robot, one)}}
    return _Request(f"{settings.FEISHU_URL}/open-apis/bot/v2/hook/{robot.token}", said)


def _webhook(robot: Any, one: Message) -> _Request:
    """What apprise sends to a webhook, with its renaming of fields (`:message=text`), and the tag against doubles."""
    said = {
        "version": "1.0", "title": one.title, "type": "info", "tag": one.tag,
        "message": one.body if settings.ROBOTS_NAMES else one.brief,
    }  # fmt: skip
    extra = robot.payload_extras
    said = {extra.get(key, key): value for key, value in said.items() if extra.get(key, key)} | {
        key: value for key, value in extra.items() if key not in said
    }
    port = f":{robot.port}" if robot.port else ""
    url = f"{'https' if robot.secure else 'http'}://{robot.host}{port}{robot.fullpath}"
    auth = (robot.user, robot.password or "") if robot.user else None
    return _Request(url, said, robot.params, robot.headers, auth)


def _judge_wecom(answer: Answer) -> Outcome:
    return judge(answer, answer.body.get("errcode"), _WECOM, pause=_PAUSE)


def _judge_dingtalk(answer: Answer) -> Outcome:
    return judge(answer, answer.body.get("errcode"), _DINGTALK, pause=_PAUSE)


def _judge_feishu(answer: Answer) -> Outcome:
    """Its 9499 stands for a bad request and for too many, which only the words tell apart."""
    code = answer.body.get("code")
    many = code == _FEISHU_ANYTHING and "too many" in str(answer.body.get("msg", "")).lower()
    return judge(answer, code, _FEISHU | {_FEISHU_ANYTHING: _MANY} if many else _FEISHU, pause=_PAUSE)


def _judge_webhook(answer: Answer) -> Outcome:
    if answer.trouble:
        return answer.trouble
    text = f"It answered {answer.status}."
    if 200 <= answer.status < 300:  # noqa: PLR2004
        return Outcome(Result.SENT)
    result, reason = {401: _LOCKED, 403: _LOCKED, 404: _ENDED, 410: _ENDED}.get(answer.status, _BAD)
    return Outcome(result, text, reason)
