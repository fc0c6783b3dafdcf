"""The proof of one check-in, to be checked without this server."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.clock import now, today
from api.permissions import user_of
from api.schema import problems
from fieldwork.core.errors import Code, DomainError
from fieldwork.inspections.queries import check_ins_visible_to
from fieldwork.inspections.rules import can_prove_check_in
from fieldwork.supervision.ledger.proofs import export_proof


class ProvenEventOut(serializers.Serializer[Any]):
    """An event, and its path to the root of its seal (RFC 6962): the leaf is over `place`, a line feed and `body`."""

    place = serializers.ListField(child=serializers.IntegerField(), help_text="in the feed: epoch, transaction, id")
    body = serializers.CharField(help_text="canonical JSON, as it was written")
    seal = serializers.IntegerField(help_text="the number of its seal")
    index = serializers.IntegerField(help_text="among the events of the seal, from 0")
    path = serializers.ListField(child=serializers.CharField(), help_text="siblings in hex, the lowest first")


class KeyOut(serializers.Serializer[Any]):
    """A public key (RFC 7517). Believe the one at `/.well-known/fieldwork-keys`, fetched by yourself."""

    kty = serializers.CharField()
    crv = serializers.CharField()
    x = serializers.CharField()
    kid = serializers.CharField()
    alg = serializers.CharField()
    use = serializers.CharField()
    begun = serializers.DateTimeField()
    ended = serializers.DateTimeField(allow_null=True)


class CheckInProofOut(serializers.Serializer[Any]):
    """What `deploy/verify_proof.py` checks."""

    format = serializers.IntegerField()
    check_in = serializers.UUIDField()
    content = serializers.CharField(help_text="what the phone declared: canonical JSON, as it was stored")
    receipt = serializers.CharField(allow_null=True, help_text="compact JWS")
    events = ProvenEventOut(many=True)
    unsealed = serializers.IntegerField(help_text="events that no seal covers yet")
    seals = serializers.ListField(child=serializers.CharField(), help_text="compact JWS, in their order")
    keys = KeyOut(many=True)


class CheckInProof(APIView):
    """The proof of one check-in (打卡证明)."""

    @extend_schema(responses=CheckInProofOut, operation_id="check_ins_proof_retrieve")
    @problems(403)
    def get(self, request: Request, pk: UUID) -> Response:
        """For whoever may see it exactly, and for those who may review it; that it was exported is on record."""
        user = user_of(request)
        check_in = check_ins_visible_to(user, today()).select_related("lead", "task__obligation").filter(pk=pk).first()
        if check_in is None:
            raise DomainError(Code.NOT_FOUND)
        if not can_prove_check_in(user, check_in, today()):
            raise DomainError(Code.NOT_ALLOWED)
        return Response(export_proof(check_in, by=user, at=now()))
