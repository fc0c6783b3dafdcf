"""auth/…: sign in, sign out, change the password."""

from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from api.auth import actions
from api.auth.serializers import LoginIn, PasswordIn, SessionOut
from api.clock import now
from api.errors import Problem
from api.permissions import token_of, user_of
from api.schema import problems
from fieldwork.core.errors import Code, DomainError
from fieldwork.directory.models import User


class Login(APIView):
    """Sign in on a device. A new sign-in on the same device replaces its token."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "login"

    @extend_schema(request=LoginIn, responses={200: SessionOut}, operation_id="auth_login")
    @problems(401, 429)
    def post(self, request: Request) -> Response:
        given = LoginIn(data=request.data)
        given.is_valid(raise_exception=True)
        user = self._user(request, given.validated_data["username"], given.validated_data["password"])
        device = given.validated_data["device"]
        session = actions.begin_session(
            user=user, device=actions.DeviceGiven(device["id"], device["name"], device["platform"]), at=now()
        )
        out = {"token": session.token, "expires_at": session.expires_at, "user": user}
        return Response(SessionOut(out).data, headers={"Cache-Control": "no-store"})

    def _user(self, request: Request, username: str, password: str) -> User:
        """Whose name and password these are; after too many wrong ones, nobody's for a while."""
        plain = request._request
        user = authenticate(plain, username=username, password=password)
        if getattr(plain, "axes_locked_out", False):
            pause = int(settings.AXES_COOLOFF_TIME.total_seconds())
            raise Problem(Code.LOCKED_OUT, headers={"Retry-After": str(pause)})
        if user is None:
            raise DomainError(Code.INVALID_CREDENTIALS)
        user_logged_in.send(sender=User, request=plain, user=user)
        return user


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
        actions.end_all_sessions(user=user_of(request), at=now())
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
