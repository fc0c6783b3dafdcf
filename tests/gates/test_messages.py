"""The Chinese catalogue: what `manage.py messages` complains of, and what people are given to read."""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from django.conf import settings
from django.core.management.base import CommandError
from django.utils import translation
from django.utils.translation import gettext, ngettext

from fieldwork.core.errors import TITLES, Code
from fieldwork.core.management.commands import messages
from fieldwork.core.periods import Period
from fieldwork.reminders import texts
from fieldwork.reminders.queries import Digest, Owed
from tests.once import ONCE

pytestmark = ONCE

LENT: dict[messages.Key, str] = {("", "This field is required."): "rest_framework"}
SOURCE = """
first = _("Please sign in.")
second = ngettext("%(count)d day left.", "%(count)d days left.", 2)
"""
TRANSLATED = {
    "Please sign in.": "请先登录。",
    "%(count)d day left.": "还剩%(count)d天。",
    "This field is required.": "必须填写。",
}


class Tree:
    """A small project with one source file and its catalogue."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.source = root / "fieldwork" / "texts.py"
        self.po = root / "locale" / "django.po"
        self.mo = root / "locale" / "django.mo"
        self.source.parent.mkdir()
        self.source.write_text(SOURCE)
        self.bring()
        with self.po.open("a") as file:
            file.write('\nmsgid "This field is required."\nmsgstr ""\n')
        for text, chinese in TRANSLATED.items():
            self.translate(text, chinese)
        self.bring()

    def wanted(self) -> messages.Book:
        book = messages.extracted(self.root)
        messages.borrow(book, messages.stored(self.po), LENT)
        return book

    def bring(self) -> str:
        return messages.write(self.po, self.wanted())

    def complaints(self) -> list[str]:
        before = self.po.read_bytes(), self.mo.read_bytes()
        told = list(messages.complaints(self.po, self.wanted()))
        assert (self.po.read_bytes(), self.mo.read_bytes()) == before
        return told

    def translate(self, text: str, chinese: str) -> None:
        """Write a translation into the .po, as a person does."""
        entry = re.compile(rf'(msgid "{re.escape(text)}"\n(?:msgid_plural .*\n)?msgstr(?:\[0\])? )".*"')
        told, number = entry.subn(lambda match: f'{match[1]}"{chinese}"', self.po.read_text())
        assert number == 1
        self.po.write_text(told)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_catalogue_that_is_complete_has_no_complaints(tree: Tree) -> None:
    assert tree.complaints() == []
    assert tree.bring().startswith("3 texts, of which 0 ")


def test_catalogue_says_nothing_of_when_where_and_by_whom(tree: Tree) -> None:
    header, first, *_more = tree.po.read_text().split("\n\n")
    assert header.splitlines() == [
        messages.COMMENT,
        'msgid ""',
        'msgstr ""',
        r'"Language: zh_Hans\n"',
        r'"Plural-Forms: nplurals=1; plural=0;\n"',
        r'"MIME-Version: 1.0\n"',
        r'"Content-Type: text/plain; charset=utf-8\n"',
        '"Content-Transfer-Encoding: 8bit"',
    ]
    assert first.splitlines()[0] == "#: fieldwork/texts.py"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (SOURCE + '_("Please wait.")', "missing: 'Please wait.' in fieldwork/texts.py"),
        (SOURCE + 'pgettext("door", "Please wait.")', "missing: 'Please wait.', door in fieldwork/texts.py"),
        (SOURCE.replace("Please sign in.", "Come in."), "obsolete: 'Please sign in.'"),
    ],
)
def test_check_complains_when_the_code_went_on(tree: Tree, source: str, told: str) -> None:
    tree.source.write_text(source)
    assert told in tree.complaints()
    with pytest.raises(CommandError, match=re.escape(told)):
        messages.check(tree.po, tree.wanted())


@pytest.mark.parametrize(
    ("text", "chinese", "told"),
    [
        ("Please sign in.", "", "untranslated: 'Please sign in.'"),
        ("%(count)d day left.", "还剩几天。", "other placeholders: '%(count)d day left.'"),
        ("%(count)d day left.", "还剩%(days)d天。", "other placeholders: '%(count)d day left.'"),
        ("%(count)d day left.", "还剩%(count)s天。", "other placeholders: '%(count)d day left.'"),
        ("%(count)d day left.", "还剩%(count)d天，5%。", "other placeholders: '%(count)d day left.'"),
        ("Please sign in.", "请{name}先登录。", "other placeholders: 'Please sign in.'"),
    ],
)
def test_check_complains_of_translations_that_cannot_serve(tree: Tree, text: str, chinese: str, told: str) -> None:
    tree.translate(text, chinese)
    assert told in tree.complaints()
    tree.bring()
    assert tree.complaints() == [told]


def test_check_lets_a_translation_write_a_number_in_its_own_width(tree: Tree) -> None:
    tree.translate("%(count)d day left.", "还剩%(count)02d天。")
    tree.bring()
    assert tree.complaints() == []


def test_check_complains_of_a_compiled_file_that_is_not_of_this_catalogue(tree: Tree) -> None:
    tree.translate("Please sign in.", "请登录。")
    assert tree.complaints() == ["django.mo is not what django.po compiles to"]
    tree.bring()
    tree.mo.write_bytes(tree.mo.read_bytes() + b"\0")
    assert tree.complaints() == ["django.mo is not what django.po compiles to"]


def test_check_complains_of_a_catalogue_in_another_order(tree: Tree) -> None:
    header, first, second, third = tree.po.read_text().strip().split("\n\n")
    tree.po.write_text("\n\n".join([header, third, first, second, ""]))
    assert tree.complaints() == ["django.po is not as this command writes it"]
    tree.bring()
    assert tree.complaints() == []


def test_text_that_changed_keeps_its_translation_for_a_person_to_look_at(tree: Tree) -> None:
    tree.source.write_text(SOURCE.replace("sign in.", "sign in first."))
    assert "3 texts, of which 1 " in tree.bring()
    assert tree.complaints() == ["fuzzy: 'Please sign in first.'"]
    assert "请先登录。" in tree.po.read_text()
    assert "请先登录。".encode() not in tree.mo.read_bytes()


def test_text_of_a_package_stays_as_long_as_the_package_has_it(tree: Tree) -> None:
    assert "#: rest_framework\n" in tree.po.read_text()
    told = list(messages.complaints(tree.po, messages.extracted(tree.root)))
    assert told[0] == "obsolete: 'This field is required.'"


def test_order_and_bytes_follow_from_the_texts_alone(tree: Tree, tmp_path: Path) -> None:
    written = tree.po.read_bytes(), tree.mo.read_bytes()
    tree.source.write_text("\n\n" + "\n".join(reversed(SOURCE.splitlines())))
    assert tree.complaints() == []
    tree.bring()
    assert (tree.po.read_bytes(), tree.mo.read_bytes()) == written


def keys(tree: Tree, source: str) -> set[tuple[str, ...]]:
    tree.source.write_text(source)
    return {messages.key_of(message) for message in messages.entries(messages.extracted(tree.root))}


def test_extraction_reads_every_kind_of_mark(tree: Tree) -> None:
    assert keys(tree, '_("a" "b"); gettext_lazy("c"); translation.gettext("d"); f"{_(\'e\')}"') == {
        ("", "ab"), ("", "c"), ("", "d"), ("", "e"),
    }  # fmt: skip
    assert keys(tree, 'ngettext("one", "many", n); pgettext("door", "open"); npgettext("x", "one", "many", n)') == {
        ("", "one", "many"), ("door", "open"), ("x", "one", "many"),
    }  # fmt: skip


def test_extraction_reads_of_templates_what_no_package_has_translated(tree: Tree) -> None:
    page = '{% load i18n %}{% block words %}{% translate "Nothing here" %}{% translate "Home" %}{% endblock %}'
    tree.source.with_name("page.html").write_text(page + "{% blocktranslate %}By {{ name }}{% endblocktranslate %}")
    found = messages.extracted(tree.root, {("", "Home"): "django.conf"})
    told = {messages.key_of(message) for message in messages.entries(found)}
    assert told >= {("", "Nothing here"), ("", "By %(name)s")}
    assert ("", "Home") not in told


@pytest.mark.parametrize("call", ["_(text)", '_(f"{name} is gone")', '_("%s" % name)', '_("")', 'ngettext("one", n)'])
def test_extraction_refuses_what_nobody_could_translate(tree: Tree, call: str) -> None:
    with pytest.raises(CommandError, match=r"fieldwork/texts\.py:2: "):
        keys(tree, f"\n{call}")


def test_message_without_a_translation_is_untranslated() -> None:
    assert messages.faults(Message("Yes")) == messages.faults(Message(("One", "Many"))) == ["untranslated"]


def test_packages_texts_are_those_of_today() -> None:
    lent = messages.borrowable(settings.INSTALLED_APPS)
    assert lent["", "This field is required."] == "rest_framework"
    assert ("", "Enter a valid date.") in lent
    # In Django's own Chinese catalogue, this one stands as it once was.
    short = "This password is too short. It must contain at least %d character"
    assert ("", f"{short}.", f"{short}s.") in lent


def test_chinese_is_what_people_read_and_english_what_they_may_ask_for() -> None:
    with translation.override("zh-hans"):
        assert {code: str(title) for code, title in TITLES.items() if str(title).isascii()} == {}
        assert gettext("This field is required.") == "必须填写。"
        short = "This password is too short. It must contain at least %d character"
        assert ngettext(f"{short}.", f"{short}s.", 10) % 10 == "密码过短，至少需要10个字符。"
    with translation.override("en"):
        assert str(TITLES[Code.NOT_AUTHENTICATED]) == "Please sign in."


def owed(*periods: str) -> list[Owed]:
    return [
        Owed(
            period=period, due_on=Period.parse(period).ends_on, due_at=Period.parse(period).ends_at(),
            lapses_at=Period.parse(period).ends_at(), counted=0, minimum=1,
            bases=(("测试办法", "第五条（七）", "每月排查"),), unvisited=("测试镇", "测试行业"),
        )
        for period in periods
    ]  # fmt: skip


YEAR_END = ("2026-12", "2026-Q4", "2026-H2", "2026")


@pytest.mark.parametrize("periods", [YEAR_END[:number] for number in range(1, 5)])
def test_titles_of_reminders_fit_a_phone(periods: Sequence[str]) -> None:
    duties = owed(*periods)
    with translation.override("zh-hans"):
        titles = [
            texts.reminder(duties, date(2026, 12, 21)).title,
            texts.reminder(duties, date(2026, 12, 31)).title,
            texts.lapse(duties).title,
        ]
        digest = Digest("连山壮族瑶族自治县", duties[0].due_at, 999, (), ())
        titles.append(texts.digest(digest).title)
    assert [title for title in titles if len(title) >= 30] == []


def test_reminder_says_in_chinese_what_when_where_and_by_which_article() -> None:
    with translation.override("zh-hans"):
        words = texts.reminder(owed("2026-06", "2026-H1"), date(2026, 6, 27))
        everything = texts.reminder(owed(*YEAR_END), date(2026, 12, 31))
    assert words.title == "2026年6月、2026年上半年履职还剩3天"
    assert words.body.splitlines() == [
        "2026年6月：每月排查（《测试办法》第五条（七）），应完成1次，已完成0次。",
        "尚未检查的挂点：测试镇、测试行业",
        "2026年上半年：每月排查（《测试办法》第五条（七）），应完成1次，已完成0次。",
        "尚未检查的挂点：测试镇、测试行业",
    ]
    assert everything.title == "2026年12月、2026年第4季度等履职今天截止"
