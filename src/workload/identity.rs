//! Who a synthetic customer is on the wire: an order number, an address, a phone number and a name, all made from the
//! customer's number, so that whatever a target does about them can be tied to them without its help.

use super::arrivals::CUSTOMER_BITS;

/// What every order number begins with.
const MARK: &str = "HL-";

/// Sources of customers are counted in this many bits.
const SOURCE_BITS: u32 = 12;

const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The order number that a customer names in every message.
pub fn order_number(customer: u64) -> String {
    let source = customer >> CUSTOMER_BITS & ((1 << SOURCE_BITS) - 1);
    let mut packed = (customer & ((1 << CUSTOMER_BITS) - 1)) << SOURCE_BITS | source;
    let mut digits = Vec::new();
    while packed > 0 || digits.len() < 4 {
        digits.push(DIGITS[(packed % 36) as usize]);
        packed /= 36;
    }
    digits.reverse();
    MARK.chars().chain(digits.into_iter().map(char::from)).collect()
}

/// The first order number in a text, as the customer it belongs to.
pub fn customer_in(text: &str) -> Option<u64> {
    text.match_indices(MARK).find_map(|(at, _)| {
        let digits = text[at + MARK.len()..].bytes().take_while(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
        let digits: Vec<u8> = digits.take(12).collect();
        if digits.len() < 4 {
            return None;
        }
        let value = |digit: u8| if digit.is_ascii_digit() { digit - b'0' } else { digit - b'A' + 10 };
        let packed = digits
            .iter()
            .try_fold(0u64, |packed, digit| packed.checked_mul(36)?.checked_add(u64::from(value(*digit))))?;
        let source = packed & ((1 << SOURCE_BITS) - 1);
        let count = packed >> SOURCE_BITS;
        (count < 1 << CUSTOMER_BITS).then_some(source << CUSTOMER_BITS | count)
    })
}

const FIRST_NAMES: [&str; 24] = [
    "Ada", "Ben", "Chloe", "Dario", "Elif", "Femi", "Grace", "Hugo", "Ines", "Jonas", "Kaya", "Liam", "Mina", "Noor",
    "Omar", "Pia", "Quentin", "Rosa", "Sami", "Tara", "Uma", "Viktor", "Wanda", "Yusuf",
];

/// A name for people to read; two customers may share it.
pub fn name(customer: u64) -> String {
    let first = FIRST_NAMES[(customer % FIRST_NAMES.len() as u64) as usize];
    format!("{first} {}", order_number(customer))
}

/// The address a customer writes from.
pub fn address(customer: u64) -> String {
    format!("{}@customers.example", order_number(customer).to_lowercase())
}

/// The number a customer calls from: a North American number of the block that is kept for fiction (555-01xx) cannot hold
/// every customer, so the block of the 999 country code, which is nobody's, is used.
pub fn phone_number(customer: u64) -> String {
    let source = customer >> CUSTOMER_BITS & ((1 << SOURCE_BITS) - 1);
    format!("+999{:04}{:07}", source % 10_000, customer & ((1 << CUSTOMER_BITS) - 1))
}

/// The customer of such a number.
pub fn customer_of_number(number: &str) -> Option<u64> {
    let digits = number.strip_prefix("+999")?;
    let (source, count) = (digits.get(..4)?.parse::<u64>().ok()?, digits.get(4..)?.parse::<u64>().ok()?);
    let customer = source << CUSTOMER_BITS | count;
    (phone_number(customer) == number).then_some(customer)
}

/// The number behind which the customers of a segment are called in person, as one: the segments count from 0.
pub fn personal_line(segment: usize) -> String {
    format!("+{}", 15_005_550_200 + segment as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_order_number_leads_back_to_its_customer(source in 0u64..4096, count in 0u64..(1 << 32)) {
            let customer = source << CUSTOMER_BITS | count;
            let text = format!("Hello, my order is {}.", order_number(customer));
            prop_assert_eq!(customer_in(&text), Some(customer));
            prop_assert_eq!(customer_of_number(&phone_number(customer)), Some(customer));
        }

        #[test]
        fn no_text_is_too_strange(text in ".*") {
            let _ = (customer_in(&text), customer_of_number(&format!("+999{text}")));
        }
    }

    #[test]
    fn a_text_without_a_number_names_nobody() {
        for text in ["", "HL-", "HL-1", "order HL-x", "HL-ZZZZZZZZZZZZZZZZ"] {
            assert_eq!(customer_in(text), None, "{text}");
        }
    }

    #[test]
    fn customers_have_identities_of_their_own() {
        let customers = [0u64, 1, 2, 1 << CUSTOMER_BITS, 5 << CUSTOMER_BITS | 7];
        for f in [order_number, address, phone_number] {
            let mut all: Vec<String> = customers.iter().map(|c| f(*c)).collect();
            all.sort();
            all.dedup();
            assert_eq!(all.len(), customers.len());
        }
    }
}
