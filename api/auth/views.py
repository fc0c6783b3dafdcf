"""auth/…: sign in, activate, sign out, change the password."""

import math
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from api.auth import actions
from api.auth.addresses import client_address
from api.auth.serializers import ActivateIn, LoginIn, PasswordIn, SessionOut
from api.clock import now
from api.errors import Problem
from api.permissions import token_of, user_of
from api.schema import problems
from fieldwork.core.amounts import span_in_words
from fieldwork.core.errors import Code, DomainError
from fieldwork.directory import attempts
from fieldwork.directory.accounts import sign_out
from fieldwork.directory.models import User


class Door(APIView):
    """Where one comes in without a token, and gets one."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    throttle_classes = [ScopedRateThrottle]

    def answer(self, request: Request, user: User, session: actions.Session) -> Response:
        plain = request._request
        user_logged_in.send(sender=User, request=plain, user=user)
        attempts.succeeded(user, client_address(plain))
        out = {"token": session.token, "expires_at": session.expires_at, "user": user}
        return Response(SessionOut(out).data, headers={"Cache-Control": "no-store"})


class Login(Door):
    """Sign in on a device. A new sign-in on the same device replaces its token."""

    throttle_scope = "login"

    @extend_schema(request=LoginIn, responses={200: SessionOut}, operation_id="auth_login")
    @problems(401, 429)
    def post(self, request: Request) -> Response:
        given = LoginIn(data=request.data)
        given.is_valid(raise_exception=True)
        device = _device(given)
        at, username = now(), given.validated_data["username"]
        sign_in = attempts.SignIn(username, device.key, client_address(request._request))
        _require_no_pause(attempts.pause(sign_in, at=at))
        user = self._user(request, username, given.validated_data["password"])
        if user is None:
            attempts.failed(sign_in, at=at)
            raise DomainError(Code.INVALID_CREDENTIALS, _("User name or password is wrong."))
        return self.answer(request, user, actions.sign_in(user=user, device=device, at=at))

    def _user(self, request: Request, username: str, password: str) -> User | None:
        """Whose name and password these are; after too many wrong ones from one address, nobody's for a while."""
        plain = request._request
        user = authenticate(plain, username=username, password=password)
        if getattr(plain, "axes_locked_out", False):
            _require_no_pause(int(settings.AXES_COOLOFF_TIME.total_seconds()))
        return user


class Activate(Door):
    """Set the first password, or a new one, by a code from a supervisor, and sign in. All other devices are signed out.

    A code that is wrong, used, taken back by a newer one or expired is 401, and so is that of a deactivated account.
    After many such codes from one address the next ones are 429 for a while; a right one is always taken.
    """

    throttle_scope = "activate"

    @extend_schema(request=ActivateIn, responses={200: SessionOut}, operation_id="auth_activate")
    @problems(401, 429)
    def post(self, request: Request) -> Response:
        given = ActivateIn(data=request.data)
        given.is_valid(raise_exception=True)
        at, address = now(), client_address(request._request)
        try:
            user, session = actions.activate(
                code=given.validated_data["code"],
                password=given.validated_data["password"],
                device=_device(given),
                at=at,
            )
        except DomainError as error:
            if error.code == Code.INVALID_CREDENTIALS:
                _require_no_pause(attempts.pause_of_codes(address, at=at))
                attempts.code_failed(address, at=at)
            raise
        return self.answer(request, user, session)


def _require_no_pause(seconds: int) -> None:
    if seconds:
        pause = {"span": span_in_words(math.ceil(seconds / 60))}
        detail = _("Too many failed attempts; please try again in %(span)s.") % pause
        raise Problem(Code.LOCKED_OUT, detail, headers={"Retry-After": str(seconds)})


def _device(given: LoginIn | ActivateIn) -> actions.DeviceGiven:
    device = given.validated_data["device"]
    return actions.DeviceGiven(device["id"], device["name"], device["platform"])


class Logout(APIView):
    """Sign this device out."""

    @extend_schema(request=None, responses={204: None}, operation_id="auth_logout")
    def post(self, request: Request) -> Response:
        actions.end_session(token=token_of(request), at=now())
        return Response(status=204)


class LogoutAll(APIView):
    """Sign all my devices out."""

    @extend_schema(request=None, responses={204: None}, operation_id="auth_logout_all")
    def post(self, request: Request) -> Response:
        user = user_of(request)
        sign_out(user, by=user, at=now())
        return Response(status=204)


class Password(APIView):
    """Change my password; all my other devices are signed out."""

    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "password"

    @extend_schema(request=PasswordIn, responses={204: None}, operation_id="auth_password")
    def post(self, request: Request) -> Response:
        given = PasswordIn(data=request.data)
        given.is_valid(raise_exception=True)
        actions.change_password(
            user=user_of(request),
            current=given.validated_data["current_password"],
            new=given.validated_data["new_password"],
            token=token_of(request),
            at=now(),
        )
        return Response(status=204)
