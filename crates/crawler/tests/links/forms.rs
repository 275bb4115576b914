//! A form and the document describe each field in the same way, because both are derived from its reader.

use crate::{fixture::Fixture, resource::Parameters};
use serde_json::Value;
use usher_crawler::{Property, crawl};
use usher_testkit::TestApp;

#[derive(Debug, PartialEq)]
struct FieldDescription<'a> {
    /// The kind of input.
    kind: &'a str,
    min_length: Option<u64>,
    max_length: Option<u64>,
    pattern: Option<&'a str>,
    options: Vec<&'a str>,
}

fn described_by_form(property: &Property) -> FieldDescription<'_> {
    FieldDescription {
        kind: property.kind.as_str(),
        // The document does not have a minimum of nothing.
        min_length: property.min_length.filter(|min| *min > 0),
        max_length: property.max_length,
        pattern: property.regex.as_deref(),
        options: property.options.iter().map(String::as_str).collect(),
    }
}

fn described_by_document(schema: &Value) -> FieldDescription<'_> {
    let several = schema["enum"].as_array().into_iter().flatten();
    let options = several.chain(schema.get("const"));
    let kind = match schema["format"].as_str() {
        _ if schema["type"] == "boolean" => "checkbox",
        _ if schema["type"] == "object" => "textarea",
        // No kind of input is a time with an offset.
        None | Some("date-time") => "text",
        Some(format) => format,
    };
    FieldDescription {
        kind,
        min_length: schema["minLength"].as_u64(),
        max_length: schema["maxLength"].as_u64(),
        pattern: schema["pattern"].as_str(),
        options: options.map(|option| option.as_str().unwrap()).collect(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_describes_a_field_as_the_document_does() {
    let fixture = Fixture::with_many_callers().await;
    let facts = fixture.facts().await;
    let mut compared = 0;
    for caller in &fixture.callers {
        for resource in crawl(&caller.agent).await.iter().filter_map(|visit| visit.answer.resource()) {
            for template in resource.templates() {
                let (id, _) = fixture.document.reached(&template.method, &template.target).unwrap();
                let operation = &fixture.document.operations[id];
                for property in &template.properties {
                    let schema = &operation.fields[&property.name];
                    let place = format!("{} of {id}", property.name);
                    let (by_form, by_document) = (described_by_form(property), described_by_document(schema));
                    // Where the options depend on the caller, the document has the rule for their texts instead.
                    if facts.options(id, &property.name, &caller.identity(&facts), &Parameters::new()).is_some() {
                        assert_eq!(by_form.kind, by_document.kind, "{place}");
                    } else {
                        assert_eq!(by_form, by_document, "{place}");
                    }
                    assert_eq!(property.required, operation.required.contains(&property.name), "{place}");
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 100, "{compared} compared");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_shows_the_current_values_and_the_default_is_the_first() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let answer = admin.get_with_forms(&ada.path()).await.expect_status(200);
    let properties = answer.json["_templates"]["update"]["properties"].as_array().unwrap();
    let values: Vec<_> = properties.iter().map(|p| (p["name"].as_str().unwrap(), p["value"].as_str())).collect();
    assert_eq!(values, [("username", Some("ada")), ("email", Some("ada@example.com")), ("role", Some("user"))]);
    // Parsed JSON does not show which is first.
    let (_, default) = answer.text.split_once("\"_templates\":{\"default\":").unwrap();
    let (default, first) = default.split_once(",\"update\":").unwrap();
    assert!(first.starts_with(default), "{default}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_with_one_option_shows_it() {
    let app = TestApp::start().await;
    let root = app.nobody().get_with_forms("/v1").await.expect_status(200).json;
    let kind = &root["_templates"]["token"]["properties"][0];
    assert_eq!((&kind["name"], &kind["value"]), (&"grant_type".into(), &"password".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_media_type_of_forms_has_forms() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for path in ["/v1", "/v1/users", "/v1/me"] {
        for media in ["application/json", "application/hal+json"] {
            let answer = usher_testkit::Answer::to(admin.request("GET", path).header("accept", media)).await;
            assert!(!answer.expect_status(200).text.contains("_templates"), "{path} as {media}");
        }
    }
}
