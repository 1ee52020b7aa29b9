//! What Swagger UI fills in: for each operation of the services a request that works on the store
//! of `payflow serve --demo`, and whose login sends it; or why none can be written down. A test
//! sends them all. What an operation means, its service says.

mod identity;
mod notifications;
mod operations;
mod payments;
mod risk;

use serde_json::{Value, json};
use utoipa::openapi::content::Content;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, PathItem};
use utoipa::openapi::{OpenApi, RefOr};
use utoipa_axum::router::OpenApiRouter;

use crate::commands::demo;

#[cfg(test)]
mod tests;

/// An operation, and what to send to it.
struct Example {
    /// Method and path.
    operation: &'static str,
    /// Whose login: the name of somebody of the demo.
    by: Option<&'static str>,
    /// Why it does not work as it stands, where it does not.
    lacks: Option<&'static str>,
    parameters: Vec<(&'static str, Value)>,
    /// Each with its name; the first is what is shown.
    bodies: Vec<(&'static str, Value)>,
}

/// What anybody may send.
fn anybody(operation: &'static str) -> Example {
    Example {
        operation,
        by: None,
        lacks: None,
        parameters: Vec::new(),
        bodies: Vec::new(),
    }
}

/// What somebody of the demo may send.
fn by(name: &'static str, operation: &'static str) -> Example {
    Example {
        by: Some(name),
        ..anybody(operation)
    }
}

/// What only works with something that nobody knows before.
fn lacks(operation: &'static str, what: &'static str) -> Example {
    Example {
        lacks: Some(what),
        ..anybody(operation)
    }
}

impl Example {
    fn with(mut self, parameter: &'static str, value: impl ToString) -> Self {
        self.parameters.push((parameter, json!(value.to_string())));
        self
    }

    fn body(self, value: Value) -> Self {
        self.named("Example", value)
    }

    fn named(mut self, name: &'static str, value: Value) -> Self {
        self.bodies.push((name, value));
        self
    }

    /// What a reader has to know before they send it.
    fn advice(&self) -> Option<String> {
        let login = |name| {
            format!(
                "On a store of `payflow serve --demo`: as `{}`.",
                demo::email(name)
            )
        };
        self.lacks.map(str::to_owned).or(self.by.map(login))
    }
}

/// Of each operation one.
fn all() -> Vec<Example> {
    [
        identity::all(),
        notifications::all(),
        operations::all(),
        payments::all(),
        risk::all(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// These routers with examples in what they say of themselves.
pub fn with_examples(mut routers: Vec<OpenApiRouter>) -> Vec<OpenApiRouter> {
    let examples = all();
    for router in &mut routers {
        add(router.get_openapi_mut(), &examples);
    }
    routers
}

fn add(document: &mut OpenApi, examples: &[Example]) {
    for (path, item) in &mut document.paths.paths {
        for example in examples {
            let Some((method, of)) = example.operation.split_once(' ') else {
                continue;
            };
            if of == path.as_str()
                && let Some(operation) = operation(item, method)
            {
                show(operation, example);
            }
        }
    }
}

fn operation<'a>(item: &'a mut PathItem, method: &str) -> Option<&'a mut Operation> {
    let operation = match method {
        "GET" => &mut item.get,
        "POST" => &mut item.post,
        "PUT" => &mut item.put,
        "PATCH" => &mut item.patch,
        "DELETE" => &mut item.delete,
        _ => return None,
    };
    operation.as_mut()
}

fn show(operation: &mut Operation, example: &Example) {
    if let Some(advice) = example.advice() {
        let said = operation.description.get_or_insert_default();
        said.push_str(&format!("\n\n*Try it out:* {advice}"));
    }
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else {
            continue;
        };
        let named = |(name, _): &&(&str, Value)| *name == parameter.name;
        if let Some((_, value)) = example.parameters.iter().find(named) {
            let shown = ParameterBuilder::from(parameter.clone()).example(Some(value.clone()));
            *parameter = shown.build();
        }
    }
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        for content in body.content.values_mut() {
            if let RefOr::T(content) = content {
                show_bodies(content, &example.bodies);
            }
        }
    }
}

fn show_bodies(content: &mut Content, bodies: &[(&'static str, Value)]) {
    if let [(_, only)] = bodies {
        content.example = Some(only.clone());
        return;
    }
    // By number, so that they are shown in their order.
    for (number, (name, value)) in (1..).zip(bodies) {
        let named = ExampleBuilder::new()
            .summary(*name)
            .value(Some(value.clone()));
        content
            .examples
            .insert(format!("{number}"), RefOr::T(named.build()));
    }
}
