//! Reading, writing, editing and listing, below the workspace's handle.

use std::ffi::{OsStr, OsString};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};

use cap_std::fs::{Dir, File, OpenOptions, Permissions};
use serde_json::{Map, Value, json};

use super::error::{EditFault, ToolError};
use super::output::{Lines, Outcome, TEXT_BYTES, cut};
use super::workspace::{Kind, Place, Workspace};

/// How much of a file is read to reach an offset, in bytes.
const SCAN_BYTES: u64 = 256 << 20;
/// A file that is edited, in bytes.
const EDIT_BYTES: u64 = 4 << 20;
/// How many entries a list has.
const ENTRIES: usize = 5_000;
/// Files of one call.
const FILES: usize = 50;
/// How much of a file decides whether it is text, in bytes.
const PROBE: usize = 8 << 10;

/// Lines of a text file: `limit` of them after the first `offset`.
pub(super) fn read(
    workspace: &Workspace,
    path: &str,
    offset: Option<u64>,
    limit: Option<u64>,
) -> Result<String, ToolError> {
    let place = workspace.resolve_to_read(path)?;
    let mut reader = text_reader(workspace, &place, path)?;
    let offset = offset.unwrap_or(0);
    let limit = limit.unwrap_or(u64::MAX);
    let failed = |error| ToolError::io(path, error);
    let mut scanned = 0;
    for _ in 0..offset {
        let skipped = reader.skip_until(b'\n').map_err(failed)?;
        scanned += skipped as u64;
        if scanned > SCAN_BYTES {
            return Err(ToolError::TooLarge { path: path.to_owned(), limit: SCAN_BYTES });
        }
        if skipped == 0 {
            return Ok(format!("[{path} has no more than {offset} lines]"));
        }
    }
    let mut bytes = Vec::new();
    reader.take(TEXT_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok(lines_of(&bytes, offset, limit))
}

/// The first `limit` lines, with a mark that says where to continue. A line that is longer than
/// an answer is cut, and the mark leads past it.
fn lines_of(bytes: &[u8], offset: u64, limit: u64) -> String {
    let whole = bytes.len() <= TEXT_BYTES;
    let text = String::from_utf8_lossy(bytes);
    let text = if whole { &text } else { cut(&text, TEXT_BYTES) };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let end =
        text.match_indices('\n').nth(limit.wrapping_sub(1)).map_or(text.len(), |(at, _)| at + 1);
    let end = if limit == 0 { 0 } else { end };
    let shown = &text[..end];
    if whole && end == text.len() {
        return shown.to_owned();
    }
    let lines = shown.matches('\n').count() as u64;
    if lines == 0 && limit > 0 {
        return format!("{shown}\n[line cut here; continue with offset {}]", offset + 1);
    }
    format!("{shown}\n[more lines follow; continue with offset {}]", offset + lines)
}

/// Reads several files: one JSON object with the contents of each, or why it was not read.
pub(super) fn read_many(workspace: &Workspace, paths: &[String]) -> Outcome {
    let mut answers = Map::new();
    let mut left = TEXT_BYTES;
    let mut refused = false;
    for path in paths.iter().take(FILES) {
        let answer = match read(workspace, path, None, None) {
            Ok(content) if content.len() <= left => {
                left -= content.len();
                json!({ "content": content })
            }
            Ok(_) => json!({ "error": "too long for this answer; read it alone" }),
            Err(error) => {
                refused |= error.is_refusal();
                json!({ "error": error.to_string() })
            }
        };
        answers.insert(path.clone(), answer);
    }
    for path in paths.iter().skip(FILES) {
        answers.insert(path.clone(), json!({ "error": format!("more than {FILES} files") }));
    }
    Outcome { refused, ..Outcome::done(Value::Object(answers).to_string()) }
}

/// The file's new contents as a whole: who reads at any moment has the old ones or the new.
pub(super) fn write(
    workspace: &Workspace,
    path: &str,
    contents: &str,
) -> Result<String, ToolError> {
    let place = workspace.resolve_to_write(path)?;
    put(&place, path, contents)?;
    Ok(format!("{}: {} bytes written", place.path.display(), contents.len()))
}

/// Replaces text that is there exactly once.
pub(super) fn edit(
    workspace: &Workspace,
    path: &str,
    old: &str,
    new: &str,
) -> Result<String, ToolError> {
    workspace.resolve_to_read(path)?;
    let place = workspace.resolve_to_write(path)?;
    let mut bytes = Vec::new();
    let reader = text_reader(workspace, &place, path)?;
    reader
        .take(EDIT_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| ToolError::io(path, error))?;
    if bytes.len() as u64 > EDIT_BYTES {
        return Err(ToolError::TooLarge { path: path.to_owned(), limit: EDIT_BYTES });
    }
    let text = String::from_utf8(bytes).map_err(|_| ToolError::Binary { path: path.to_owned() })?;
    let edited =
        replaced(&text, old, new).map_err(|why| ToolError::Edit { path: path.to_owned(), why })?;
    put(&place, path, &edited)?;
    Ok(format!("{}: edited", place.path.display()))
}

fn replaced(text: &str, old: &str, new: &str) -> Result<String, EditFault> {
    if old.is_empty() {
        return Err(EditFault::Empty);
    }
    if old == new {
        return Err(EditFault::Same);
    }
    match overlapping(text, old) {
        1 => Ok(text.replacen(old, new, 1)),
        0 if text.replace("\r\n", "\n").contains(&old.replace("\r\n", "\n")) => {
            Err(EditFault::LineEnds)
        }
        0 if squeezed(text).contains(&squeezed(old)) && !squeezed(old).is_empty() => {
            Err(EditFault::WhiteSpace)
        }
        0 => Err(EditFault::Absent),
        times => Err(EditFault::Ambiguous { times }),
    }
}

/// How often the text occurs, overlaps counted: `aa` twice in `aaa`. An edit needs exactly one.
fn overlapping(text: &str, old: &str) -> usize {
    let step = old.chars().next().map_or(1, char::len_utf8);
    let (mut from, mut times) = (0, 0);
    while let Some(at) = text[from..].find(old) {
        times += 1;
        from += at + step;
    }
    times
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

/// The entries of a directory, sorted: directories end in `/`, links in `@`.
pub(super) fn list(workspace: &Workspace, path: &str) -> Result<String, ToolError> {
    let place = workspace.resolve_to_read(path)?;
    let directory = match (&place.kind, place.directory()) {
        (Kind::Directory, Some(directory)) => directory,
        (Kind::Missing(_), _) => return Err(ToolError::NotFound { path: path.to_owned() }),
        _ => return Err(ToolError::NotADirectory { path: path.to_owned() }),
    };
    let mut names = Vec::new();
    for entry in directory.entries().map_err(|error| ToolError::io(path, error))? {
        let entry = entry.map_err(|error| ToolError::io(path, error))?;
        let kind = entry.file_type().ok();
        let mark = match kind {
            Some(kind) if kind.is_dir() => "/",
            Some(kind) if kind.is_symlink() => "@",
            _ => "",
        };
        // A name with a line break would be two entries to who reads the list.
        names.push(entry.file_name().to_string_lossy().replace('\n', "\\n") + mark);
        if names.len() > ENTRIES {
            break;
        }
    }
    names.sort_unstable();
    let mut lines = Lines::new(ENTRIES);
    let _ = names.iter().all(|name| lines.push(name));
    Ok(lines.finish("[more entries follow]\n"))
}

/// Creates a directory with its parents; an existing one is no error.
pub(super) fn make_directory(workspace: &Workspace, path: &str) -> Result<String, ToolError> {
    let place = workspace.resolve_to_write(path)?;
    match &place.kind {
        Kind::Directory => return Ok(format!("{path}: exists already")),
        Kind::Entry(_) => return Err(ToolError::NotADirectory { path: path.to_owned() }),
        Kind::Missing(names) => drop(created(&place, names, path)?),
    }
    Ok(format!("{}: created", place.path.display()))
}

/// Creates these directories and returns the handle of the last one.
fn created(place: &Place, names: &[OsString], path: &str) -> Result<Dir, ToolError> {
    use cap_fs_ext::DirExt as _;
    let failed = |error| ToolError::io(path, error);
    let here = place.directory().ok_or_else(|| ToolError::Outside { path: path.to_owned() })?;
    let mut here = here.try_clone().map_err(failed)?;
    for name in names {
        match here.create_dir(name) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(failed(error));
            }
            _ => here = here.open_dir_nofollow(name).map_err(failed)?,
        }
    }
    Ok(here)
}

fn put(place: &Place, path: &str, contents: &str) -> Result<(), ToolError> {
    let failed = |error| ToolError::io(path, error);
    let outside = || ToolError::Outside { path: path.to_owned() };
    match &place.kind {
        Kind::Directory => Err(ToolError::NotAFile { path: path.to_owned() }),
        Kind::Entry(name) => {
            let directory = place.directory().ok_or_else(outside)?;
            let metadata = directory.symlink_metadata(name).map_err(failed)?;
            if !metadata.is_file() {
                return Err(ToolError::NotAFile { path: path.to_owned() });
            }
            if metadata.permissions().readonly() {
                return Err(ToolError::ReadOnly { path: path.to_owned() });
            }
            replace(directory, name, contents, Some(metadata.permissions())).map_err(failed)
        }
        Kind::Missing(names) => {
            let (name, parents) = names.split_last().ok_or_else(outside)?;
            let directory = created(place, parents, path)?;
            replace(&directory, name, contents, None).map_err(failed)
        }
    }
}

/// Replaces whatever has the name by a synced file; a link that appeared meanwhile is replaced,
/// not followed.
fn replace(
    directory: &Dir,
    name: &OsStr,
    contents: &str,
    mode: Option<Permissions>,
) -> io::Result<()> {
    let temporary = format!(".{:016x}.tmp", RandomState::new().hash_one(()));
    let mut options = OpenOptions::new();
    let file = directory.open_with(&temporary, options.write(true).create_new(true))?;
    let put =
        fill(file, contents, mode).and_then(|()| directory.rename(&temporary, directory, name));
    if put.is_err() {
        let _ = directory.remove_file(&temporary);
    }
    put
}

fn fill(mut file: File, contents: &str, mode: Option<Permissions>) -> io::Result<()> {
    file.write_all(contents.as_bytes())?;
    if let Some(mode) = mode {
        file.set_permissions(mode)?;
    }
    file.sync_all()
}

/// A regular file that looks like text.
pub(super) fn text_reader(
    workspace: &Workspace,
    place: &Place,
    path: &str,
) -> Result<BufReader<File>, ToolError> {
    let (Kind::Entry(name), Some(directory)) = (&place.kind, place.directory()) else {
        let path = path.to_owned();
        let missing = matches!(place.kind, Kind::Missing(_));
        return Err(if missing {
            ToolError::NotFound { path }
        } else {
            ToolError::NotAFile { path }
        });
    };
    let file = workspace.open_to_read(directory, name);
    let file = file.map_err(|error| ToolError::io(path, error))?;
    let mut reader = BufReader::with_capacity(PROBE, file);
    let start = reader.fill_buf().map_err(|error| ToolError::io(path, error))?;
    if start.contains(&0) {
        return Err(ToolError::Binary { path: path.to_owned() });
    }
    Ok(reader)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_made_exactly_once_or_says_why_not() {
        let fault = |text: &str, old: &str| replaced(text, old, "new").expect_err("no edit");
        assert_eq!(replaced("a b c", "b", ""), Ok("a  c".to_owned()));
        assert_eq!(fault("aaa", "aa"), EditFault::Ambiguous { times: 2 });
        assert_eq!(fault("x", ""), EditFault::Empty);
        assert_eq!(fault("new", "new"), EditFault::Same);
        assert_eq!(fault("é", "e"), EditFault::Absent);
        assert_eq!(fault("a\r\nb\r\n", "a\nb"), EditFault::LineEnds);
        assert_eq!(fault("if x {\n\treturn;\n}", "if x {\n    return;"), EditFault::WhiteSpace);
        assert_eq!(fault("abc", " \n"), EditFault::Absent);
    }

    #[test]
    fn a_range_of_lines_says_where_to_continue() {
        assert_eq!(lines_of(b"a\nb\nc", 0, 9), "a\nb\nc");
        assert_eq!(
            lines_of(b"a\nb\nc", 4, 2),
            "a\nb\n\n[more lines follow; continue with offset 6]"
        );
        assert_eq!(lines_of(b"a\n", 0, 1), "a\n");
        assert_eq!(lines_of(b"a\n", 7, 0), "\n[more lines follow; continue with offset 7]");
        let flood = "é".repeat(TEXT_BYTES).into_bytes();
        let shown = lines_of(&flood[..=TEXT_BYTES], 0, 9);
        assert!(
            shown.len() < TEXT_BYTES + 60
                && shown.ends_with("[line cut here; continue with offset 1]")
        );
        assert!(!shown.contains('\u{fffd}'));
    }
}
