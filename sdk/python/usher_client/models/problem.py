from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.input_fault import InputFault
    from ..models.problem_links import ProblemLinks


T = TypeVar("T", bound="Problem")


@_attrs_define
class Problem:
    """A problem document (RFC 9457)."""

    type_: str
    """ The problem type; the same for every problem with this `code`. """
    title: str
    """ A short summary of the status. """
    status: int
    """ The HTTP status. """
    detail: str
    """ An explanation of this occurrence. """
    code: str
    """ A stable, machine-readable code. """
    errors: list[InputFault] | Unset = UNSET
    """ For invalid input: the faults, at most 32. """
    errors_omitted: int | Unset = UNSET
    """ Number of faults beyond those in `errors`; absent if there are none. """
    request_id: UUID | Unset = UNSET
    """ For internal errors: the request id, as it appears in the log. """
    hal_links: ProblemLinks | Unset = UNSET
    """ The links of a problem. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        title = self.title

        status = self.status

        detail = self.detail

        code = self.code

        errors: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.errors, Unset):
            errors = []
            for errors_item_data in self.errors:
                errors_item = errors_item_data.to_dict()
                errors.append(errors_item)

        errors_omitted = self.errors_omitted

        request_id: str | Unset = UNSET
        if not isinstance(self.request_id, Unset):
            request_id = str(self.request_id)

        hal_links: dict[str, Any] | Unset = UNSET
        if not isinstance(self.hal_links, Unset):
            hal_links = self.hal_links.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "title": title,
                "status": status,
                "detail": detail,
                "code": code,
            }
        )
        if errors is not UNSET:
            field_dict["errors"] = errors
        if errors_omitted is not UNSET:
            field_dict["errors_omitted"] = errors_omitted
        if request_id is not UNSET:
            field_dict["request_id"] = request_id
        if hal_links is not UNSET:
            field_dict["_links"] = hal_links

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.input_fault import InputFault
        from ..models.problem_links import ProblemLinks

        d = dict(src_dict)
        type_ = d.pop("type")

        title = d.pop("title")

        status = d.pop("status")

        detail = d.pop("detail")

        code = d.pop("code")

        _errors = d.pop("errors", UNSET)
        errors: list[InputFault] | Unset = UNSET
        if _errors is not UNSET:
            errors = []
            for errors_item_data in _errors:
                errors_item = InputFault.from_dict(errors_item_data)

                errors.append(errors_item)

        errors_omitted = d.pop("errors_omitted", UNSET)

        _request_id = d.pop("request_id", UNSET)
        request_id: UUID | Unset
        if isinstance(_request_id, Unset):
            request_id = UNSET
        else:
            request_id = UUID(_request_id)

        _hal_links = d.pop("_links", UNSET)
        hal_links: ProblemLinks | Unset
        if isinstance(_hal_links, Unset):
            hal_links = UNSET
        else:
            hal_links = ProblemLinks.from_dict(_hal_links)

        problem = cls(
            type_=type_,
            title=title,
            status=status,
            detail=detail,
            code=code,
            errors=errors,
            errors_omitted=errors_omitted,
            request_id=request_id,
            hal_links=hal_links,
        )

        problem.additional_properties = d
        return problem

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
