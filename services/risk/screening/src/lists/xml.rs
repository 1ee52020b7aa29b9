//! What the lists in XML share.

use roxmltree::{Document, Node};

use super::ListError;

/// The document of a file, its root of the name that the list gives it.
pub(super) fn document<'a>(
    file: &'static str,
    bytes: &'a [u8],
    root: &str,
) -> Result<Document<'a>, ListError> {
    let other = |reason: String| ListError::OtherFormat { file, reason };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| other(error.to_string()))?;
    let begins = text
        .get(..2000)
        .unwrap_or(text)
        .contains(&format!("<{root}"));
    if !begins && !text.trim_start().is_empty() {
        return Err(other(format!("it has no `{root}`")));
    }
    if !text.trim_end().ends_with(&format!("</{root}>")) && !text.trim_end().ends_with("/>") {
        return Err(ListError::Truncated { file });
    }
    Document::parse(text).map_err(|error| other(error.to_string()))
}

/// The elements of a name below a node.
pub(super) fn children<'a, 'i: 'a>(
    node: Node<'a, 'i>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children()
        .filter(move |child| child.tag_name().name() == name)
}

/// The text of an element below a node, empty where there is none.
pub(super) fn text<'a>(node: Node<'a, '_>, name: &'static str) -> &'a str {
    let found = node
        .children()
        .find(|child| child.tag_name().name() == name);
    found
        .and_then(|child| child.text())
        .unwrap_or_default()
        .trim()
}

/// The line that a node begins in.
pub(super) fn line(node: Node<'_, '_>) -> u64 {
    u64::from(node.document().text_pos_at(node.range().start).row)
}
