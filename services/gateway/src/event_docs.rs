//! The section `webhooks` of the OpenAPI document: every type of event of the catalogue, as it
//! leaves in webhooks and live streams.

use contracts::events::catalogue::{EVENTS, EventType};
use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

/// Adds the events whose data have a schema in the document.
#[expect(
    clippy::expect_used,
    reason = "what is written here is a description of operations, whatever the names in it"
)]
pub(crate) fn add(document: &mut OpenApi) {
    let Some(components) = &document.components else {
        return;
    };
    let defined = |event: &&EventType| components.schemas.contains_key(event.data);
    let events: Map<String, Value> = EVENTS
        .iter()
        .filter(defined)
        .map(|event| (event.name.to_owned(), item(event)))
        .collect();
    if !events.is_empty() {
        let paths = serde_json::from_value(Value::Object(events));
        document.webhooks = Some(paths.expect("the events are described as operations"));
    }
}

fn item(event: &EventType) -> Value {
    let data = json!({"$ref": format!("#/components/schemas/{}", event.data)});
    json!({"post": {
        "operationId": event.name.replace('.', "_"),
        "summary": event.name,
        "description": event.about,
        "tags": ["events"],
        "requestBody": {
            "required": true,
            "content": {"application/json": {"schema": {
                "type": "object",
                "required": ["specversion", "id", "source", "type", "time", "subject", "org", "sequence", "dataversion", "data"],
                "properties": {
                    "specversion": {"type": "string", "enum": ["1.0"], "description": "Of CloudEvents."},
                    "id": {"type": "string", "description": "The same however often it is sent.", "pattern": "^evt_[0-7][0-9a-hjkmnp-tv-z]{25}$"},
                    "source": {"type": "string", "enum": [format!("/{}", event.feed)]},
                    "type": {"type": "string", "enum": [event.name]},
                    "time": {"type": "string", "format": "date-time"},
                    "subject": {"type": "string", "description": "The id of what it happened to."},
                    "org": {"type": "string", "description": "The number of the organisation."},
                    "sequence": {"type": "string", "pattern": "^[0-9]{16,}$", "description": "Its place among the events of its source: the greater is the later."},
                    "dataversion": {"type": "string", "enum": ["1"]},
                    "data": data,
                }
            }}}
        },
        "responses": {"2XX": {"description": "Any of these says that it has arrived."}}
    }})
}

#[cfg(test)]
mod tests {
    use super::*;
    use utoipa::openapi::schema::{Components, Object};

    #[test]
    fn events_are_described_where_their_data_are() {
        let mut document = OpenApi::default();
        add(&mut document);
        assert!(document.webhooks.is_none());
        let mut components = Components::new();
        components
            .schemas
            .insert("WalletView".to_owned(), Object::new().into());
        document.components = Some(components);
        add(&mut document);
        let text = serde_json::to_value(&document).unwrap();
        let schema = &text["webhooks"]["wallet.opened"]["post"]["requestBody"]["content"]["application/json"]
            ["schema"];
        assert_eq!(
            schema["properties"]["data"]["$ref"],
            "#/components/schemas/WalletView"
        );
        let sources = &schema["properties"]["source"]["enum"];
        assert_eq!(*sources, json!(["/payments"]));
        assert!(text["webhooks"].get("user.registered").is_none());
    }
}
