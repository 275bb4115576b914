//! The path parameters, query parameters and header fields of operations.

use crate::operation::{
    OperationSpec, Parameter,
    parameter::{ParameterSchema, string},
    schema::NamedSchema,
};
use serde_json::Value;
use utoipa::openapi::{
    Ref, RefOr, Required, Schema,
    path::{self, ParameterBuilder, ParameterIn},
};

/// The parameters of an operation, and the schemas that they refer to.
pub fn of(spec: &OperationSpec) -> (Vec<path::Parameter>, Vec<NamedSchema>) {
    let query = (spec.query_parameters)();
    let places = spec.path_parameters.iter().map(|parameter| (ParameterIn::Path, parameter));
    let places = places.chain(query.iter().map(|parameter| (ParameterIn::Query, parameter)));
    let (mut parameters, mut named) = (Vec::new(), Vec::new());
    for (place, parameter) in places {
        let schema: RefOr<Schema> = match parameter.schema {
            ParameterSchema::Inline(schema) => schema().into(),
            ParameterSchema::Named(schema) => {
                let (name, schema) = schema();
                let reference = Ref::from_schema_name(&name);
                named.push((name, schema));
                reference.into()
            }
        };
        parameters.push(described(parameter, place, schema));
    }
    if spec.conditional {
        parameters.push(if_match());
    }
    (parameters, named)
}

fn described(parameter: &Parameter, place: ParameterIn, schema: RefOr<Schema>) -> path::Parameter {
    let required = if place == ParameterIn::Path { Required::True } else { Required::False };
    ParameterBuilder::new()
        .name(parameter.name)
        .parameter_in(place)
        .required(required)
        .description(Some(parameter.description))
        .schema(Some(schema))
        .example(parameter.example.map(Value::from))
        .build()
}

/// The version that a write is meant for. It has no example, which Swagger UI would send with every write.
fn if_match() -> path::Parameter {
    let about = "The `ETag` that the caller has seen, a number with its quotation marks; if the resource has changed \
        since, nothing is done. A tag that a compressing proxy has weakened or marked (`W/\"3\"`, `\"3-gzip\"`) is \
        accepted";
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(about))
        .schema(Some(string().build()))
        .build()
}
