"""`manage.py track_rule POLICY (RULE...|--all) (--from DAY [--streets]|--until DAY) [--division CODE]`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from fieldwork.core.errors import DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.directory.models import Division
from fieldwork.duties.management.commands._words import complaint, day
from fieldwork.duties.models import Policy, Rule
from fieldwork.duties.policies import track, untrack


class Command(BaseCommand):
    help = "Switch rules of a policy on from a day, or off after a day, for a division and all below it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("policy", help="the policy's code")
        parser.add_argument("rules", nargs="*", metavar="RULE", help="codes of rules")
        parser.add_argument("--all", action="store_true", help="all rules of the newest version that have a cadence")
        when = parser.add_mutually_exclusive_group(required=True)
        when.add_argument("--from", type=day, metavar="DAY", help="first day: periods that begin on it or later")
        when.add_argument("--until", type=day, metavar="DAY", help="last day on which they are tracked")
        parser.add_argument("--division", metavar="CODE", help="its code; without it, the policy's division")
        parser.add_argument("--streets", action="store_true", help="town roles bind streets (街道) there too")

    def handle(self, *_args: object, **options: Any) -> None:
        if bool(options["rules"]) == options["all"]:
            raise CommandError(_("Name rules or say --all."))
        policy = Policy.objects.select_related("division").filter(code=options["policy"]).first()
        if policy is None:
            raise CommandError(_("There is no policy “%(policy)s”.") % {"policy": options["policy"]})
        rules = _newest_rules(policy) if options["all"] else options["rules"]
        division = _division(policy, options["division"])
        try:
            self.stdout.write(_switch(policy, rules, division, options))
        except DomainError as error:
            raise CommandError(complaint(error)) from None


def _switch(policy: Policy, rules: list[str], division: Division, options: dict[str, Any]) -> str:
    at = timezone.now()
    if options["until"]:
        untrack(policy, rules, division=division, ends_on=options["until"], by=SYSTEM, at=at)
        told, day_told = _("%(division)s: %(count)d rules are tracked until %(day)s."), options["until"]
    else:
        track(
            policy, rules, division=division, starts_on=options["from"], streets=options["streets"],
            by=SYSTEM, at=at,
        )  # fmt: skip
        told = _("%(division)s: %(count)d rules are tracked in all periods that begin on %(day)s or later.")
        day_told = options["from"]
    return told % {"division": division, "count": len(set(rules)), "day": day_told.isoformat()}


def _newest_rules(policy: Policy) -> list[str]:
    newest = policy.versions.order_by("-starts_on").first()
    return list(Rule.objects.filter(version=newest).exclude(cadence="").values_list("code", flat=True))


def _division(policy: Policy, code: str | None) -> Division:
    if code is None:
        return policy.division
    division = Division.objects.filter(authority=policy.division.authority, code=code, ends_on__isnull=True).first()
    if division is None:
        why = _("No division %(code)s of the authority “%(authority)s” stands.")
        raise CommandError(why % {"code": code, "authority": policy.division.authority})
    return division
