//! The routes of the table, and the response to methods that a path does not have.

use crate::{operation::Table, problem::Problem};
use actix_web::{
    HttpResponse, Resource, Route, guard,
    http::{Method, header},
    web,
};

/// The routes of every operation, each path once with all of its methods.
pub fn routes(table: Table, config: &mut web::ServiceConfig) {
    for (n, spec) in table.iter().enumerate() {
        if table[..n].iter().any(|earlier| earlier.path == spec.path) {
            continue;
        }
        let same = table.iter().filter(|other| other.path == spec.path);
        config.service(resource(spec.path, same.map(|spec| (&spec.method, (spec.route)()))));
    }
}

/// A path with its methods. `HEAD` is served as `GET`, and the server omits the body (RFC 9110 §9.3.2). `OPTIONS` lists the
/// methods in `Allow`, and so does the 405 of any other method.
pub fn resource<'a>(path: &str, routes: impl IntoIterator<Item = (&'a Method, Route)>) -> Resource {
    let mut resource = web::resource(path);
    let mut allow = Vec::new();
    for (method, route) in routes {
        allow.push(method.as_str());
        resource = if *method == Method::GET {
            allow.push(Method::HEAD.as_str());
            resource.route(route.guard(guard::Any(guard::Get()).or(guard::Head())))
        } else {
            resource.route(route.guard(guard::Method(method.clone())))
        };
    }
    allow.push(Method::OPTIONS.as_str());
    let allow = allow.join(", ");
    resource.default_service(web::to(move |method: Method| {
        let allow = allow.clone();
        async move {
            if method == Method::OPTIONS {
                Ok(HttpResponse::NoContent().insert_header((header::ALLOW, allow)).finish())
            } else {
                Err(Problem::MethodNotAllowed(allow))
            }
        }
    }))
}
