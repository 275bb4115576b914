"""A user API as tutorials write it: FastAPI, async SQLAlchemy on asyncpg, a JWT under HS256, bcrypt in the loop."""

import os
import uuid
from datetime import UTC, datetime, timedelta
from typing import Annotated

import bcrypt
import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from pydantic import BaseModel, ConfigDict, EmailStr
from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SECRET = "a secret that only this benchmark knows"
engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=10, max_overflow=10)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    username: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(default="user")
    created_at: Mapped[datetime] = mapped_column(index=True, default=lambda: datetime.now(UTC).replace(tzinfo=None))


class Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: uuid.UUID
    username: str
    email: str
    role: str
    created_at: datetime


class Page(BaseModel):
    total: int
    users: list[Shown]


class NewUser(BaseModel):
    username: str
    email: EmailStr
    password: str


class Changes(BaseModel):
    username: str | None = None
    email: EmailStr | None = None


async def database():
    async with sessions() as session:
        yield session


Database = Annotated[AsyncSession, Depends(database)]


async def caller(token: Annotated[str, Depends(OAuth2PasswordBearer("token"))], session: Database) -> User:
    try:
        claims = jwt.decode(token, SECRET, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        raise HTTPException(401) from None
    user = await session.get(User, uuid.UUID(claims["sub"]))
    if user is None:
        raise HTTPException(401)
    return user


Caller = Annotated[User, Depends(caller)]


def admin(user: Caller) -> User:
    if user.role != "admin":
        raise HTTPException(403)
    return user


async def commit(session: AsyncSession) -> None:
    try:
        await session.commit()
    except IntegrityError:
        raise HTTPException(409) from None


@app.post("/token")
async def token(form: Annotated[OAuth2PasswordRequestForm, Depends()], session: Database):
    user = await session.scalar(select(User).where(User.username == form.username))
    if user is None or not bcrypt.checkpw(form.password.encode(), user.password_hash.encode()):
        raise HTTPException(400)
    claims = {"sub": str(user.id), "exp": datetime.now(UTC) + timedelta(hours=1)}
    return {"access_token": jwt.encode(claims, SECRET, algorithm="HS256"), "token_type": "bearer"}


@app.post("/register", status_code=201)
async def register(new: NewUser, session: Database) -> Shown:
    password_hash = bcrypt.hashpw(new.password.encode(), bcrypt.gensalt(12)).decode()
    user = User(username=new.username, email=new.email, password_hash=password_hash)
    session.add(user)
    await commit(session)
    return user


@app.get("/users/me")
async def me(user: Caller) -> Shown:
    return user


@app.get("/users", dependencies=[Depends(admin)])
async def users(session: Database, limit: int = 20, offset: int = 0, q: str = "") -> Page:
    wanted = select(User)
    if q:
        wanted = wanted.where(
            or_(User.username.icontains(q, autoescape=True), User.email.icontains(q, autoescape=True))
        )
    total = await session.scalar(select(func.count()).select_from(wanted.subquery()))
    rows = await session.scalars(wanted.order_by(User.created_at, User.id).limit(limit).offset(offset))
    return Page(total=total, users=[Shown.model_validate(row) for row in rows])


@app.get("/users/{id}")
async def user(id: uuid.UUID, by: Caller, session: Database) -> Shown:
    if by.role != "admin" and by.id != id:
        raise HTTPException(403)
    found = await session.get(User, id)
    if found is None:
        raise HTTPException(404)
    return found


@app.patch("/users/{id}", dependencies=[Depends(admin)])
async def update(id: uuid.UUID, changes: Changes, session: Database) -> Shown:
    found = await session.get(User, id)
    if found is None:
        raise HTTPException(404)
    for name, value in changes.model_dump(exclude_unset=True).items():
        setattr(found, name, value)
    await commit(session)
    return found
