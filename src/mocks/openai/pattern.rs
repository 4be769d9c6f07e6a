//! Texts that match a regular expression: the shortest by the first of its alternatives. Enough for what schemas ask of
//! order numbers, codes and addresses; what it does not know it reads as plain letters.

/// Letters of one text.
const LONGEST: usize = 4_096;
/// Groups within groups.
const DEPTH: u32 = 32;
/// Letters that stand in where a class only says what there must not be.
const USUAL: [char; 8] = ['a', '1', 'A', '-', '_', '.', ' ', '~'];

/// A text that matches, of at least so many letters if its repetitions allow it.
pub(super) fn matching(pattern: &str, least: usize) -> String {
    let letters: Vec<char> = pattern.chars().take(LONGEST).collect();
    let text = |grown| Reader { letters: &letters, at: 0, grown }.alternatives(0);
    let count = |text: &String| text.chars().count();
    let shortest = text(0);
    let missing = least.saturating_sub(count(&shortest));
    if missing == 0 {
        return shortest;
    }
    // Each step makes all repetitions longer by one, until some have reached their most.
    let step = count(&text(1)).saturating_sub(count(&shortest)).max(1);
    let exact = text(missing.div_ceil(step));
    if count(&exact) >= least { exact } else { text(missing) }
}

struct Reader<'a> {
    letters: &'a [char],
    at: usize,
    /// How many more than the least number of repetitions there are, where there may be more.
    grown: usize,
}

/// What a class of letters holds: from, to.
type Ranges = Vec<(char, char)>;

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek();
        self.at += usize::from(letter.is_some());
        letter
    }

    fn eats(&mut self, wanted: char) -> bool {
        let eaten = self.peek() == Some(wanted);
        self.at += usize::from(eaten);
        eaten
    }

    /// Up to a closing bracket or the end; the first alternative is the one that counts.
    fn alternatives(&mut self, depth: u32) -> String {
        let first = self.sequence(depth);
        while self.eats('|') {
            self.sequence(depth);
        }
        first
    }

    fn sequence(&mut self, depth: u32) -> String {
        let mut text = String::new();
        while let Some(letter) = self.peek().filter(|letter| !matches!(letter, '|' | ')')) {
            self.at += 1;
            let piece = match letter {
                '^' | '$' => continue,
                '(' if depth < DEPTH => self.group(depth + 1),
                '[' => self.class().to_string(),
                '.' => "a".to_owned(),
                '\\' => self.escaped(),
                plain => plain.to_string(),
            };
            let times = self.times();
            let room = LONGEST.saturating_sub(text.len()) / piece.len().max(1);
            text.push_str(&piece.repeat(times.min(room)));
        }
        text
    }

    /// Behind its bracket; what only looks ahead or back stands for nothing.
    fn group(&mut self, depth: u32) -> String {
        let mut looks = false;
        if self.eats('?') {
            match self.next() {
                Some('=' | '!') => looks = true,
                Some('P' | '<') => {
                    looks = matches!(self.peek(), Some('=' | '!'));
                    while !looks && self.next().is_some_and(|letter| letter != '>') {}
                }
                _ => {}
            }
        }
        let text = self.alternatives(depth);
        self.eats(')');
        if looks { String::new() } else { text }
    }

    /// Behind its backslash, outside of a class.
    fn escaped(&mut self) -> String {
        match self.next() {
            None | Some('b' | 'B' | 'A' | 'Z' | 'z') => String::new(),
            Some(letter) => usual(&ranges(letter), false).to_string(),
        }
    }

    /// Behind its bracket: one letter of the class.
    fn class(&mut self) -> char {
        let negated = self.eats('^');
        let mut held = Ranges::new();
        let mut begun = false;
        while let Some(letter) = self.next().filter(|letter| *letter != ']' || !begun) {
            begun = true;
            let from =
                if letter == '\\' { self.next().map(ranges).unwrap_or_default() } else { vec![(letter, letter)] };
            let single = from.len() == 1 && from[0].0 == from[0].1;
            let ranged = single && self.peek() == Some('-') && self.letters.get(self.at + 1).is_some_and(|l| *l != ']');
            if !ranged {
                held.extend(from);
                continue;
            }
            self.at += 1;
            let to = match self.next() {
                Some('\\') => self.next(),
                to => to,
            };
            held.push((from[0].0, to.unwrap_or(from[0].0)));
        }
        usual(&held, negated)
    }

    /// How often what stands before is repeated.
    fn times(&mut self) -> usize {
        let (least, most) = match self.peek() {
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            Some('?') => (0, 1),
            Some('{') => match self.bounds() {
                Some(bounds) => bounds,
                None => return 1,
            },
            _ => return 1,
        };
        self.at += 1;
        // Lazy or possessive: the shortest is the same.
        let _ = self.eats('?') || self.eats('+');
        least.saturating_add(self.grown).min(most).max(least)
    }

    /// `{2}`, `{2,}` or `{2,5}`; stays before the closing brace.
    fn bounds(&mut self) -> Option<(usize, usize)> {
        let inside = &self.letters[self.at + 1..];
        let end = inside.iter().position(|letter| *letter == '}')?;
        let text: String = inside[..end].iter().collect();
        let (least, most) = text.split_once(',').unwrap_or((&text, &text));
        let least = least.trim().parse().ok()?;
        let most = if most.trim().is_empty() { usize::MAX } else { most.trim().parse().ok()? };
        self.at += end + 1;
        Some((least, most))
    }
}

/// What an escaped letter stands for.
fn ranges(letter: char) -> Ranges {
    match letter {
        // A number that begins with zero is often none.
        'd' => vec![('1', '9'), ('0', '0')],
        'w' => vec![('a', 'z'), ('A', 'Z'), ('1', '9'), ('0', '0'), ('_', '_')],
        's' => vec![(' ', ' '), ('\t', '\r')],
        'D' | 'W' => vec![('-', '-')],
        'S' => vec![('a', 'a')],
        'n' => vec![('\n', '\n')],
        't' => vec![('\t', '\t')],
        other => vec![(other, other)],
    }
}

/// A letter of the class, or one that is not in it.
fn usual(held: &Ranges, negated: bool) -> char {
    let holds = |letter: char| held.iter().any(|(from, to)| (*from..=*to).contains(&letter));
    if negated {
        return USUAL.into_iter().find(|letter| !holds(*letter)).unwrap_or('a');
    }
    // `[0-9]` means a digit more often than a zero.
    match held.first() {
        Some(('0', to)) if *to > '0' => '1',
        Some((from, _)) => *from,
        None => 'a',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_schemas_ask_for_is_matched() {
        for (pattern, text) in [
            (r"^ORD-[0-9]+$", "ORD-1"),
            (r"^[A-Z]{3}-\d{4}$", "AAA-1111"),
            (r"^\+?[1-9]\d{1,14}$", "11"),
            (r"^(en|de|fr)$", "en"),
            (r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$", "a@a.aa"),
            (r"^(?:DE|FR)\d{2}[ ]?(\d{4} ){2}$", "DE111111 1111 "),
            (r"^(?=.*x)(?P<id>[\w.-]+)\b$", "a"),
            (r"^[a-f0-9-]{4}\.{2}$", "aaaa.."),
            (r"[]x]a{,2}", "]a{,2}"),
            ("", ""),
        ] {
            assert_eq!(matching(pattern, 0), text, "{pattern}");
        }
        assert_eq!(matching("^[a-z]+$", 5), "aaaaa");
        assert_eq!(matching("^[a-z]{2,3}$", 9), "aaa");
        assert_eq!(matching("^ab$", 9), "ab");
        assert_eq!(matching("^[a-z]{1,2}-[0-9]+$", 9), "aa-1111111", "one of them has reached its most");
    }

    proptest! {
        #[test]
        fn any_pattern_is_read_in_bounds(pattern in "[a-z0-9(){}|*+?^$,.<>!=\\[\\]\\\\-]{0,60}", least in 0usize..5_000) {
            prop_assert!(matching(&pattern, least).len() <= 2 * LONGEST);
        }
    }
}
