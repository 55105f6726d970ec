//! The system prompt: compliance instructions before everything else.

/// What every request to a model begins with. There is no other way to make one than with the
/// configured instructions, and [`super::Question`] cannot be built without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemPrompt {
    text: String,
}

impl SystemPrompt {
    /// The instructions of all levels, joined, then what the user adds (`-s`).
    pub fn new(instructions: &str, added: Option<&str>) -> Self {
        let parts = [Some(instructions), added].into_iter().flatten().map(str::trim);
        let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        Self { text: parts.join("\n\n") }
    }

    /// The whole text; empty where nothing was configured or added.
    pub fn text(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instructions_come_first_whatever_is_added() {
        assert_eq!(SystemPrompt::new("Comply.", Some("Be terse.")).text(), "Comply.\n\nBe terse.");
        assert_eq!(SystemPrompt::new("Comply.\n", None).text(), "Comply.");
        assert_eq!(SystemPrompt::new("", Some(" Be terse.")).text(), "Be terse.");
        assert_eq!(SystemPrompt::new("", None).text(), "");
    }
}
