//! Embeddings: the same text always has the same vector, and texts that share words lie nearer to each other, so that a
//! target's search over its help pages finds something.

use super::answer::tokens;
use super::error::Error;
use super::serve::Answered;
use crate::rng::{Luck, What, name_key};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

/// Texts in one request.
const MAX_INPUTS: usize = 2_048;
/// Tokens of one text.
const MAX_TOKENS: u64 = 8_192;
/// Tokens of one request.
const MAX_TOKENS_IN_ALL: u64 = 300_000;
/// How many numbers of its vector a word moves.
const MOVED: usize = 32;
/// How much of a vector is the text's own, beside its words.
const OWN: f64 = 0.2;

#[derive(Deserialize)]
struct Raw {
    model: Option<String>,
    input: Option<Value>,
    encoding_format: Option<String>,
    dimensions: Option<usize>,
}

/// What was asked.
pub(super) struct Asked {
    pub(super) model: String,
    pub(super) tokens: u64,
    inputs: Vec<String>,
    base64: bool,
    dimensions: Option<usize>,
}

/// Reads and checks a request's body. `deployed`: the model that the path names.
pub(super) fn parse(body: &[u8], deployed: Option<&str>) -> Result<Asked, Error> {
    let raw: Raw = serde_json::from_slice(body).map_err(|error| Error::unreadable(&error))?;
    let model = deployed.map(str::to_owned).or(raw.model).filter(|model| !model.is_empty());
    let model = model.ok_or_else(|| Error::missing("model"))?;
    let inputs = inputs(raw.input.ok_or_else(|| Error::missing("input"))?)?;
    let base64 = match raw.encoding_format.as_deref() {
        None | Some("float") => false,
        Some("base64") => true,
        Some(_) => {
            let message = "Invalid value for 'encoding_format': expected 'float' or 'base64'.";
            return Err(Error::invalid(message, Some("encoding_format"), Some("invalid_value")));
        }
    };
    let each = inputs.iter().map(|text| tokens(text.len()));
    if each.clone().any(|tokens| tokens > MAX_TOKENS) {
        let message = format!("This model's maximum input length is {MAX_TOKENS} tokens; a text is longer.");
        return Err(Error::invalid(message, Some("input"), None));
    }
    let tokens = each.sum();
    if tokens > MAX_TOKENS_IN_ALL {
        let message =
            format!("Invalid 'input': at most {MAX_TOKENS_IN_ALL} tokens in one request, but there are {tokens}.");
        return Err(Error::invalid(message, Some("input"), Some("max_tokens_per_request")));
    }
    Ok(Asked { model, tokens, inputs, base64, dimensions: raw.dimensions })
}

/// A text, or texts, or a text or texts as numbers of tokens.
fn inputs(input: Value) -> Result<Vec<String>, Error> {
    let wrong =
        || Error::invalid("Invalid 'input': expected a text, or a list of texts or of tokens.", Some("input"), None);
    let inputs = match input {
        Value::String(text) => vec![text],
        Value::Array(all) if all.iter().all(Value::is_number) && !all.is_empty() => vec![numbers(&all)],
        Value::Array(all) => {
            let one = |value: Value| match value {
                Value::String(text) => Ok(text),
                Value::Array(tokens) if tokens.iter().all(Value::is_number) => Ok(numbers(&tokens)),
                _ => Err(wrong()),
            };
            all.into_iter().take(MAX_INPUTS + 1).map(one).collect::<Result<Vec<_>, _>>()?
        }
        _ => return Err(wrong()),
    };
    if inputs.len() > MAX_INPUTS {
        let message = format!("Invalid 'input': at most {MAX_INPUTS} texts.");
        return Err(Error::invalid(message, Some("input"), Some("array_above_max_length")));
    }
    if inputs.is_empty() || inputs.iter().any(String::is_empty) {
        return Err(Error::invalid("Invalid 'input': it cannot be empty.", Some("input"), None));
    }
    Ok(inputs)
}

fn numbers(tokens: &[Value]) -> String {
    tokens.iter().map(Value::to_string).collect::<Vec<_>>().join(" ")
}

/// Answers. `full` is the length of the model's vectors; `None`: it makes none.
pub(super) fn embed(asked: &Asked, full: Option<usize>) -> Result<Answered, Error> {
    let full = full.ok_or_else(|| Error::not_by_this_model("generate embeddings from"))?;
    let shortens = asked.model.starts_with("text-embedding-3");
    let dimensions = match asked.dimensions {
        None => full,
        Some(_) if !shortens => {
            let message = "This model does not support specifying dimensions.";
            return Err(Error::invalid(message, Some("dimensions"), None));
        }
        Some(wanted) if (1..=full).contains(&wanted) => wanted,
        Some(wanted) => {
            let message = format!("Invalid value for 'dimensions' = {wanted}. Must be between 1 and {full}.");
            return Err(Error::invalid(message, Some("dimensions"), Some("invalid_value")));
        }
    };
    // Written by hand: as a tree of values the numbers of one request would take a gigabyte.
    let mut text = String::from(r#"{"object":"list","data":["#);
    for (index, input) in asked.inputs.iter().enumerate() {
        let vector = vector(input, full, dimensions);
        let numbers = if asked.base64 { format!("\"{}\"", packed(&vector)) } else { listed(&vector) };
        let comma = if index == 0 { "" } else { "," };
        text.push_str(&format!(r#"{comma}{{"object":"embedding","index":{index},"embedding":{numbers}}}"#));
    }
    let usage = json!({"prompt_tokens": asked.tokens, "total_tokens": asked.tokens});
    text.push_str(&format!(r#"],"model":{},"usage":{usage}}}"#, json!(asked.model)));
    Ok(Answered::bytes("application/json", text))
}

/// The unit vector of a text. A shorter one is the beginning of the full one, as the vendor's are.
fn vector(text: &str, full: usize, dimensions: usize) -> Vec<f32> {
    let luck = Luck::new(0, 0);
    let mut own = luck.draw(name_key(text), What::Nonce, 0);
    let mut all: Vec<f64> = (0..full).map(|_| (own.unit() - 0.5) * OWN).collect();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let mut draw = luck.draw(name_key(&word.to_lowercase()), What::Nonce, 1);
        for _ in 0..MOVED {
            let bits = draw.bits();
            let step = if bits >> 63 == 0 { 1.0 } else { -1.0 };
            all[(bits % full as u64) as usize] += step;
        }
    }
    all.truncate(dimensions);
    let length = all.iter().map(|number| number * number).sum::<f64>().sqrt();
    all.into_iter().map(|number| (number / length) as f32).collect()
}

fn listed(vector: &[f32]) -> String {
    let mut text = String::with_capacity(vector.len() * 13);
    for (index, number) in vector.iter().enumerate() {
        text.push(if index == 0 { '[' } else { ',' });
        text.push_str(&number.to_string());
    }
    text.push(']');
    text
}

/// Little-endian 32-bit floats in base64, as SDKs ask for them.
fn packed(vector: &[f32]) -> String {
    let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: &str, b: &str) -> f32 {
        let (a, b) = (vector(a, 1_536, 1_536), vector(b, 1_536, 1_536));
        a.iter().zip(&b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn vectors_are_of_unit_length_and_texts_that_share_words_are_near() {
        for (text, dimensions) in [("Where is my order?", 1_536), ("x", 1), ("  ", 7), ("a b c", 256)] {
            let length: f32 = vector(text, 1_536, dimensions).iter().map(|number| number * number).sum();
            assert!((length - 1.0).abs() < 1e-4, "{text}: {length}");
        }
        let (same, kin, other) = (
            near("where is my order", "where is my order"),
            near("where is my order", "my order is late"),
            near("where is my order", "refund the invoice please"),
        );
        assert!(same > 0.999 && kin > other + 0.2 && other.abs() < 0.2, "{same} {kin} {other}");
    }

    #[test]
    fn both_encodings_say_the_same() {
        let vector = vector("order", 1_536, 8);
        let floats: Vec<f32> = serde_json::from_str(&listed(&vector)).expect("a list");
        let bytes = STANDARD.decode(packed(&vector)).expect("base64");
        let unpacked: Vec<f32> =
            bytes.chunks(4).map(|four| f32::from_le_bytes(four.try_into().expect("four bytes"))).collect();
        assert_eq!((&floats, &unpacked), (&vector, &vector));
    }
}
