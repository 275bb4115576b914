//! Resources as HAL and HAL-FORMS write them.

use serde_json::Value;

/// A resource: its state, its links, its forms, and the resources in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// All of it, as it was sent.
    pub value: Value,
}

/// A link (HAL), to be followed by GET unless it says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    pub relation: String,
    pub method: String,
    pub href: String,
    /// Whether `href` is a URI template (RFC 6570).
    pub templated: bool,
    /// The relations of the links that appear once it is followed.
    pub opens: Vec<String>,
}

/// A form (HAL-FORMS).
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// Its name; `default` is a copy of another form of the same resource.
    pub key: String,
    pub method: String,
    pub target: String,
    pub content_type: String,
    pub properties: Vec<Property>,
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    pub name: String,
    /// The kind of input, as HTML names it.
    pub kind: String,
    pub required: bool,
    /// The current value: a text, whether it is checked, or an array if it takes several values.
    pub value: Option<Value>,
    pub min_length: Option<u64>,
    pub max_length: Option<u64>,
    pub regex: Option<String>,
    /// The allowed values; empty where the choice is free.
    pub options: Vec<String>,
    /// Whether it takes several of the options, as an array; at least so many.
    pub multiple: bool,
    pub min_items: Option<u64>,
}

impl Resource {
    pub fn new(value: Value) -> Self {
        Self { value }
    }

    /// The target of its link `self`, if it has one.
    pub fn location(&self) -> Option<String> {
        Some(self.value["_links"]["self"]["href"].as_str()?.to_owned())
    }

    pub fn links(&self) -> Vec<Link> {
        let links = self.value["_links"].as_object().expect("a resource has links");
        let link = |(relation, link): (&String, &Value)| Link {
            relation: relation.clone(),
            method: link["method"].as_str().unwrap_or("GET").to_owned(),
            href: text(&link["href"]),
            templated: link["templated"] == true,
            opens: link["opens"].as_array().into_iter().flatten().map(text).collect(),
        };
        links.iter().map(link).collect()
    }

    /// Its forms in their order, including `default`.
    pub fn templates(&self) -> Vec<Template> {
        let templates = self.value["_templates"].as_object().expect("a resource in this media type has templates");
        templates.iter().map(|(key, template)| Template::read(key, template)).collect()
    }

    /// The resources in it, each with the name of the list that contains it.
    pub fn embedded(&self) -> Vec<(String, Self)> {
        let lists = self.value["_embedded"].as_object().into_iter().flatten();
        let items = lists.flat_map(|(name, list)| {
            let items = list.as_array().expect("embedded resources are in a list");
            items.iter().map(move |item| (name.clone(), Self::new(item.clone())))
        });
        items.collect()
    }
}

impl Template {
    fn read(key: &str, template: &Value) -> Self {
        let properties = template["properties"].as_array().expect("a template has properties");
        Self {
            key: key.to_owned(),
            method: text(&template["method"]),
            target: text(&template["target"]),
            content_type: text(&template["contentType"]),
            properties: properties.iter().map(Property::read).collect(),
        }
    }
}

impl Property {
    fn read(property: &Value) -> Self {
        let optional = |name: &str| property[name].as_str().map(str::to_owned);
        Self {
            name: text(&property["name"]),
            kind: optional("type").unwrap_or_else(|| "text".to_owned()),
            required: property["required"] == true,
            value: property.get("value").cloned(),
            min_length: property["minLength"].as_u64(),
            max_length: property["maxLength"].as_u64(),
            regex: optional("regex"),
            options: property["options"]["inline"].as_array().into_iter().flatten().map(text).collect(),
            multiple: property["options"]["multiple"] == true,
            min_items: property["options"]["minItems"].as_u64(),
        }
    }

    /// The current value, of a field that takes one text.
    pub fn text(&self) -> Option<&str> {
        self.value.as_ref()?.as_str()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is not text")).to_owned()
}

/// A URI template (RFC 6570) with its variables filled in from `known`: of its operators `{?…}`, which is the one that a
/// search needs.
pub fn expand(template: &str, known: &[(&str, &str)]) -> String {
    let Some((path, rest)) = template.split_once("{?") else { return template.to_owned() };
    let (names, rest) = rest.split_once('}').expect("an expression ends");
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(known.iter().filter(|(name, _)| names.split(',').any(|variable| variable == *name)));
    let query = query.finish();
    if query.is_empty() { format!("{path}{rest}") } else { format!("{path}?{query}{rest}") }
}
