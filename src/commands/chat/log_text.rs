//! The log of a job as a model is to read it: text without colours, cursor movements and
//! GitLab's section markers.

/// Every line as a terminal would leave it in the end.
pub(super) fn plain(log: &[u8]) -> String {
    let log = String::from_utf8_lossy(log);
    let lines: Vec<String> = log.split('\n').map(line).collect();
    lines.join("\n")
}

/// What is overwritten after a carriage return is gone, the section markers with it.
fn line(line: &str) -> String {
    let line = line.trim_end_matches('\r');
    let line = line.rsplit('\r').next().unwrap_or_default();
    let mut text = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\x1b' => skip_sequence(&mut chars),
            '\t' => text.push(c),
            c if c.is_control() => {}
            c => text.push(c),
        }
    }
    text
}

/// What follows an escape character (ECMA-48 §5.4 and §5.6).
fn skip_sequence(chars: &mut std::str::Chars<'_>) {
    match chars.next() {
        Some('[') => {
            chars.find(|c| ('\x40'..='\x7e').contains(c));
        }
        Some(']') => {
            let mut previous = ' ';
            chars.find(|c| {
                let ends = *c == '\x07' || (previous == '\x1b' && *c == '\\');
                previous = *c;
                ends
            });
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_markers_and_what_was_overwritten_are_gone() {
        let log =
            b"\x1b[0KRunning\x1b[0;m\nsection_start:17:step[x=y]\r\x1b[0K\x1b[36;1mgo\x1b[0;m\r\n\
            10%\r100%\nsection_end:18:step\r\x1b[0K\x1b]0;t\x07a\tb\x1b]8;;u\x1b\\c\x1b[";
        assert_eq!(plain(log), "Running\ngo\n100%\na\tbc");
    }
}
