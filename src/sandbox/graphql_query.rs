//! Reading a GraphQL query: one operation, its variables, fields with arguments, and fields
//! below them. Fragments, aliases and directives are not understood (GraphQL specification §2).

/// One operation.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    /// `query NAME`, for the paths of errors.
    pub(super) name: String,
    /// Names without the dollar sign, and types.
    pub(super) variables: Vec<(String, String)>,
    pub(super) fields: Vec<Field>,
}

/// One field.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    /// Values as they were written.
    pub(super) arguments: Vec<(String, String)>,
    pub(super) fields: Vec<Field>,
}

/// Reads a query, or says where it is not one.
pub(super) fn parse(text: &str) -> Result<Query, String> {
    let mut tokens = Tokens { all: tokens(text), at: 0 };
    let mut query = Query { name: "query".to_owned(), ..Query::default() };
    if tokens.take("query") {
        if tokens.peek().starts_with(|c: char| c.is_ascii_alphabetic()) {
            query.name = format!("query {}", tokens.next());
        }
        query.variables = tokens.pairs()?;
        for (name, _) in &mut query.variables {
            *name = name.strip_prefix('$').ok_or("a variable begins with $")?.to_owned();
        }
    }
    query.fields = tokens.fields()?;
    if tokens.peek().is_empty() { Ok(query) } else { Err(tokens.unexpected()) }
}

struct Tokens {
    all: Vec<String>,
    at: usize,
}

impl Tokens {
    fn peek(&self) -> &str {
        self.all.get(self.at).map_or("", String::as_str)
    }

    fn next(&mut self) -> String {
        let token = self.peek().to_owned();
        self.at += 1;
        token
    }

    fn take(&mut self, token: &str) -> bool {
        let is_there = self.peek() == token;
        self.at += usize::from(is_there);
        is_there
    }

    fn unexpected(&self) -> String {
        match self.peek() {
            "" => "Unexpected end of document".to_owned(),
            token => format!("Parse error on {token:?}"),
        }
    }

    /// `{ FIELD… }`, at least one.
    fn fields(&mut self) -> Result<Vec<Field>, String> {
        if !self.take("{") {
            return Err(self.unexpected());
        }
        let mut fields = Vec::new();
        while !self.take("}") {
            if !self.peek().starts_with(|c: char| c.is_ascii_alphabetic()) {
                return Err(self.unexpected());
            }
            let name = self.next();
            let arguments = self.pairs()?;
            let below = if self.peek() == "{" { self.fields()? } else { Vec::new() };
            fields.push(Field { name, arguments, fields: below });
        }
        if fields.is_empty() { Err("Parse error on \"}\"".to_owned()) } else { Ok(fields) }
    }

    /// `(NAME: VALUE …)`, or nothing.
    fn pairs(&mut self) -> Result<Vec<(String, String)>, String> {
        let mut pairs = Vec::new();
        if !self.take("(") {
            return Ok(pairs);
        }
        while !self.take(")") {
            let name = self.next();
            if !self.take(":") {
                return Err(self.unexpected());
            }
            let mut value = self.next();
            if value == "[" {
                while !value.ends_with(']') {
                    if self.peek().is_empty() {
                        return Err(self.unexpected());
                    }
                    value.push_str(&self.next());
                }
            }
            if self.take("!") {
                value.push('!');
            }
            pairs.push((name, value));
        }
        Ok(pairs)
    }
}

/// Names, with a dollar sign or without, strings with their quotes, and single marks; commas
/// and blanks mean nothing.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start_matches(is_blank);
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = match first {
            '"' => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
            c if is_word(c) || c == '$' => {
                1 + rest[1..].find(|c| !is_word(c)).unwrap_or(rest.len() - 1)
            }
            c => c.len_utf8(),
        };
        tokens.push(rest[..length].to_owned());
        rest = rest[length..].trim_start_matches(is_blank);
    }
    tokens
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == ','
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_variables_arguments_and_fields_below() {
        let text =
            "query Q($root: GroupID!) { a { b(names: [\"x\"]) { c } } d(id: $root) { e f } }";
        let query = parse(text).expect("a query");
        assert_eq!(query.name, "query Q");
        assert_eq!(query.variables, [("root".to_owned(), "GroupID!".to_owned())]);
        let (a, d) = (&query.fields[0], &query.fields[1]);
        assert_eq!(a.fields[0].arguments, [("names".to_owned(), "[\"x\"]".to_owned())]);
        assert_eq!(d.arguments, [("id".to_owned(), "$root".to_owned())]);
        assert_eq!(d.fields.len(), 2);
    }

    #[test]
    fn what_is_no_query_is_refused() {
        for text in
            ["", "{", "{}", "{ a } }", "query Q(root: ", "mutation { a }", "{ a( }", "{ a(b: [ }"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
