"""fastapi-users as its documentation begins: SQLAlchemy on asyncpg, a JWT, argon2id by its default hasher."""

import os
import uuid
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin, schemas
from fastapi_users.authentication import AuthenticationBackend, BearerTransport, JWTStrategy
from fastapi_users.db import SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

SECRET = "a secret that only this benchmark knows"
engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=10, max_overflow=10)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class User(SQLAlchemyBaseUserTableUUID, Base):
    pass


class Shown(schemas.BaseUser[uuid.UUID]):
    pass


class NewUser(schemas.BaseUserCreate):
    pass


class Changes(schemas.BaseUserUpdate):
    pass


class UserManager(UUIDIDMixin, BaseUserManager[User, uuid.UUID]):
    reset_password_token_secret = SECRET
    verification_token_secret = SECRET


async def database():
    async with sessions() as session:
        yield session


async def user_database(session: Annotated[AsyncSession, Depends(database)]):
    yield SQLAlchemyUserDatabase(session, User)


async def user_manager(users: Annotated[SQLAlchemyUserDatabase, Depends(user_database)]):
    yield UserManager(users)


def strategy() -> JWTStrategy:
    return JWTStrategy(secret=SECRET, lifetime_seconds=3600)


backend = AuthenticationBackend("jwt", BearerTransport("auth/jwt/login"), strategy)
users = FastAPIUsers[User, uuid.UUID](user_manager, [backend])

app = FastAPI()
app.include_router(users.get_auth_router(backend), prefix="/auth/jwt")
app.include_router(users.get_register_router(Shown, NewUser), prefix="/auth")
app.include_router(users.get_users_router(Shown, Changes), prefix="/users")
