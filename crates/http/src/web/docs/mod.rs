//! The documentation of the API: the OpenAPI document, and Swagger UI to explore it.

pub mod openapi;
pub mod page;
