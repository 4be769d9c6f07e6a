//! A small reader of CSV files (RFC 4180) that knows where each cell stands: commas, semicolons or tabs, quoted cells with
//! doubled quotes and line breaks in them. Cells are slices of the text, so a file of a million rows costs no more than its text.

use crate::units::shown;
use std::borrow::Cow;

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell<'t> {
    /// What it says, without quotes and the spaces around it.
    pub(crate) text: Cow<'t, str>,
    /// Where it stands, in bytes.
    pub(crate) start: usize,
    /// The first byte after it.
    pub(crate) end: usize,
}

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What is wrong.
    pub(crate) title: String,
    /// What stands under the caret.
    pub(crate) label: String,
    /// What would be right.
    pub(crate) help: String,
    /// Where, in bytes.
    pub(crate) start: usize,
    /// The first byte after it.
    pub(crate) end: usize,
}

impl Cell<'_> {
    /// What is wrong with this cell.
    pub(crate) fn fault(&self, title: impl Into<String>) -> Fault {
        Fault {
            title: title.into(),
            label: String::new(),
            help: String::new(),
            start: self.start,
            end: self.end.max(self.start + 1),
        }
    }
}

impl Fault {
    /// With a line under the caret.
    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }
    /// With a line of what would be right.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

/// A file that is being read, row by row.
#[derive(Clone, Debug)]
pub(crate) struct Csv<'t> {
    text: &'t str,
    at: usize,
    delimiter: u8,
    /// The cells of its first row: the names of its columns.
    pub(crate) header: Vec<Cell<'t>>,
}

impl<'t> Csv<'t> {
    /// A file with its header read. What stands between cells is what the header has most of.
    pub(crate) fn new(text: &'t str) -> Result<Self, Fault> {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let first = text[at..].lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let many = |delimiter: &u8| first.bytes().filter(|byte| byte == delimiter).count();
        let delimiter = if many(&b';') > many(&b',') {
            b';'
        } else if many(&b'\t') > many(&b',') {
            b'\t'
        } else {
            b','
        };
        let mut csv = Self { text, at, delimiter, header: Vec::new() };
        let mut header = Vec::new();
        csv.row(&mut header)?;
        csv.header = header;
        Ok(csv)
    }

    /// The place of a column; two of one name are a fault, because nobody can tell which is meant.
    pub(crate) fn column(&self, name: &str) -> Result<Option<usize>, Fault> {
        let mut places = self.header.iter().enumerate().filter(|(_, cell)| cell.text == name);
        let first = places.next().map(|(place, _)| place);
        match places.next() {
            Some((_, again)) => Err(again.fault(format!("two columns are named `{}`", shown(name)))),
            None => Ok(first),
        }
    }

    /// Refuses a row that has not as many cells as the header: its cells may stand in columns of others.
    pub(crate) fn whole(&self, cells: &[Cell<'_>]) -> Result<(), Fault> {
        if cells.len() == self.header.len() {
            return Ok(());
        }
        let many = |count: usize| if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") };
        let title = format!("this row has {}, the header has {}", many(cells.len()), many(self.header.len()));
        let (start, end) =
            (cells.first().map_or(self.at, |cell| cell.start), cells.last().map_or(self.at, |cell| cell.end));
        let fault = Fault { title, label: String::new(), help: String::new(), start, end: end.max(start + 1) };
        Err(fault.help("a cell with a comma or a quote in it is put in quotes"))
    }

    /// The names of its columns.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.header.iter().map(|cell| &*cell.text)
    }

    /// The cells of the next row that is not empty; whether there was one.
    pub(crate) fn row(&mut self, cells: &mut Vec<Cell<'t>>) -> Result<bool, Fault> {
        cells.clear();
        let bytes = self.text.as_bytes();
        while self.at < bytes.len() {
            let (cell, end) = self.cell(self.at)?;
            cells.push(cell);
            self.at = end + 1;
            let more = bytes.get(end) == Some(&self.delimiter);
            if more {
                // A delimiter at the very end of the file still has an empty cell behind it.
                if self.at == bytes.len() {
                    cells.push(Cell { text: Cow::Borrowed(""), start: end, end });
                }
                continue;
            }
            if cells.iter().any(|cell| !cell.text.is_empty()) {
                return Ok(true);
            }
            cells.clear();
        }
        Ok(cells.iter().any(|cell| !cell.text.is_empty()))
    }

    /// The cell that begins at a byte, and the byte of the delimiter or line break that ends it (the length of the text, at its end).
    fn cell(&self, from: usize) -> Result<(Cell<'t>, usize), Fault> {
        let bytes = self.text.as_bytes();
        let ends = |byte: &u8| *byte == self.delimiter || *byte == b'\n';
        let end_after = |at: usize| bytes[at..].iter().position(ends).map_or(bytes.len(), |n| at + n);
        let blank = |byte: &u8| matches!(byte, b' ' | b'\r' | b'\t') && *byte != self.delimiter;
        let start = from + bytes[from..].iter().take_while(|byte| blank(byte)).count();
        if bytes.get(start) != Some(&b'"') {
            let end = end_after(start);
            let text = self.text[start..end].trim_end();
            return Ok((Cell { text: Cow::Borrowed(text), start, end: start + text.len() }, end));
        }
        let mut close = start + 1;
        let mut doubled = false;
        loop {
            match bytes[close..].iter().position(|byte| *byte == b'"') {
                None => return Err(self.wrong(start, start + 1, "this quote is never closed")),
                Some(n) if bytes.get(close + n + 1) == Some(&b'"') => (doubled, close) = (true, close + n + 2),
                Some(n) => {
                    close += n;
                    break;
                }
            }
        }
        let end = end_after(close + 1);
        let inside = &self.text[start + 1..close];
        if !self.text[close + 1..end].trim().is_empty() {
            let fault = self.wrong(close, close + 1, "text goes on behind this quote");
            return Err(fault.help("a quote inside a quoted cell is written twice: `\"\"`"));
        }
        let text = if doubled { Cow::Owned(inside.replace("\"\"", "\"")) } else { Cow::Borrowed(inside) };
        Ok((Cell { text, start, end: close + 1 }, end))
    }

    fn wrong(&self, start: usize, end: usize, title: &str) -> Fault {
        Fault { title: title.to_owned(), label: String::new(), help: String::new(), start, end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Vec<Vec<String>>, Fault> {
        let mut csv = Csv::new(text)?;
        let mut all = vec![csv.names().map(str::to_owned).collect()];
        let mut cells = Vec::new();
        while csv.row(&mut cells)? {
            all.push(cells.iter().map(|cell| cell.text.clone().into_owned()).collect());
        }
        Ok(all)
    }

    #[test]
    fn what_spreadsheets_write_is_read() {
        let wanted = vec![vec!["at", "why"], vec!["09:30", "say \"hi\", please"], vec!["10:00", ""]];
        for text in [
            "at,why\n09:30,\"say \"\"hi\"\", please\"\n10:00,\n",
            "\u{feff}at;why\r\n09:30 ; \"say \"\"hi\"\", please\" \r\n\r\n10:00;",
            "\n\"at\"\t\"why\"\n09:30\t\"say \"\"hi\"\", please\"\n10:00\t\n\n",
        ] {
            assert_eq!(read(text).expect("it is well formed"), wanted, "{text:?}");
        }
        assert_eq!(read("a,b\n\"one\ntwo\",x").expect("it is well formed")[1], ["one\ntwo", "x"]);
        assert_eq!(read("").expect("it is well formed"), [Vec::<String>::new()]);
    }

    #[test]
    fn a_column_is_known_by_its_name_alone_and_a_row_has_all_of_them() {
        let csv = Csv::new("at,why,at\n1,2,3\n").expect("it is well formed");
        assert_eq!((csv.column("why"), csv.column("who")), (Ok(Some(1)), Ok(None)));
        assert!(csv.column("at").is_err_and(|fault| fault.title.contains("two columns") && fault.start == 7));
        let mut csv = Csv::new("handle\n3,5\n").expect("it is well formed");
        let mut cells = Vec::new();
        assert_eq!(csv.row(&mut cells), Ok(true));
        let fault = csv.whole(&cells).expect_err("a comma for a decimal point makes two cells");
        assert_eq!(
            (fault.title.as_str(), fault.start, fault.end),
            ("this row has 2 cells, the header has 1 cell", 7, 10)
        );
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        let open = read("a,b\n1,\"two").expect_err("it is refused");
        assert_eq!((open.title.as_str(), open.start), ("this quote is never closed", 6));
        let behind = read("a,b\n1,\"two\"three").expect_err("it is refused");
        assert_eq!((behind.title.as_str(), behind.start), ("text goes on behind this quote", 10));
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in ".{0,80}", quoted in "[\",;\n \ta-c\u{e9}]{0,60}") {
            let _ = (read(&text), read(&quoted));
        }

        #[test]
        fn what_is_quoted_is_read_back(cells in proptest::collection::vec("[\",;\n \ta-c\u{e9}]{1,8}", 2..5)) {
            let quoted: Vec<String> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            let names = vec!["x"; cells.len()].join(",");
            prop_assert_eq!(&read(&format!("{names}\n{}", quoted.join(","))).expect("it is well formed")[1], &cells);
        }
    }
}
