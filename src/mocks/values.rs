//! How many values a JSON text has. A text within the bound on bodies may still be millions of tiny values, each of which
//! costs far more in memory than on the wire: such a text is refused before anybody reads it.

/// More values are refused.
pub const MOST: usize = 1_000_000;
/// Shorter texts cannot cost much, and are not looked at.
const HARMLESS: usize = 256 * 1024;

/// Whether a text, should it be JSON, has too many values. What is no JSON at all has few.
pub fn too_many(text: &[u8]) -> bool {
    if text.len() <= HARMLESS {
        return false;
    }
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'{' | b'[')) && count(text) > MOST
}

/// Each value but the first of its list or object has a comma before it, and each list or object a bracket: both are counted,
/// outside strings.
fn count(text: &[u8]) -> usize {
    let (mut values, mut place) = (1, 0);
    while let Some(byte) = text.get(place) {
        match byte {
            b',' | b'[' | b'{' => values += 1,
            b'"' => place += string(&text[place + 1..]),
            _ => {}
        }
        place += 1;
    }
    values
}

/// How long a string is that begins here, with the quote at its end.
fn string(text: &[u8]) -> usize {
    let mut place = 0;
    while let Some(byte) = text.get(place) {
        match byte {
            b'"' => return place + 1,
            b'\\' => place += 2,
            _ => place += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    /// Values of a text, as a parser finds them.
    fn values(value: &Value) -> usize {
        1 + match value {
            Value::Array(all) => all.iter().map(values).sum(),
            Value::Object(all) => all.values().map(values).sum(),
            _ => 0,
        }
    }

    fn anything() -> impl Strategy<Value = Value> {
        let one =
            prop_oneof![Just(Value::Null), any::<i64>().prop_map(Value::from), "\\PC{0,12}".prop_map(Value::from)];
        one.prop_recursive(4, 64, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::hash_map("\\PC{0,6}", inner, 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Never fewer than there are, so that the bound holds; at most one more for each list or object.
        #[test]
        fn as_many_as_a_parser_finds(value in anything()) {
            let (found, counted) = (values(&value), count(value.to_string().as_bytes()));
            prop_assert!(found <= counted && counted <= 2 * found, "{found} {counted} {value}");
        }

        #[test]
        fn any_bytes_are_counted(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(count(&bytes) <= bytes.len() + 1);
        }
    }

    #[test]
    fn long_texts_of_tiny_values_are_too_many_and_long_words_are_not() {
        let list = |one: &str, times: usize| format!(" [{}0]", one.repeat(times)).into_bytes();
        assert!(too_many(&list("1,", MOST + 1)) && too_many(&list("[],", MOST)) && !too_many(&list("1,", MOST - 10)));
        assert!(!too_many(&list(",", HARMLESS / 2)), "a short text");
        let words = format!("{{\"content\":\"{}\\\"\"}}", "a,[{".repeat(2 * MOST));
        assert!(!too_many(words.as_bytes()), "what stands in a string is no value");
        assert!(!too_many(&b"a,b\n".repeat(2 * MOST)), "no JSON");
    }
}
