//! A world made by hand for the tests of this room: a home, a working tree and an
//! administrator's file in a temporary folder.

use std::cell::RefCell;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::error::ConfigError;
use super::flags::Flags;
use super::settings::Settings;
use crate::model::address::BaseUrl;
use crate::model::redact::Redactor;
use crate::system::System;
use crate::system::environment::Environment;
use crate::system::notes::{Notes, Verbosity};
use crate::system::streams::Output;

pub(super) struct World {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
    said: RefCell<Said>,
    pub(super) flags: Flags,
    pub(super) system: System,
    pub(super) verbosity: Verbosity,
    /// Instances with a stored connection, the last one first.
    pub(super) connections: Vec<&'static str>,
}

impl World {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = fs::canonicalize(folder.path()).expect("its path");
        fs::create_dir(root.join("work")).expect("a working directory");
        let system = System::for_tests(Environment::default(), root.join("work"));
        let mut world = Self {
            folder,
            variables: Vec::new(),
            said: RefCell::default(),
            flags: Flags::default(),
            system,
            verbosity: Verbosity::Normal,
            connections: Vec::new(),
        };
        world.system.administrator_file = world.path("etc/config.json");
        let home = world.path("home").display().to_string();
        world.env("HOME", &home);
        world
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        fs::canonicalize(self.folder.path()).expect("a path").join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("a folder");
        fs::write(path, text).expect("written");
    }

    pub(super) fn env(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
        self.system.env = Environment::of(self.variables.clone());
    }

    pub(super) fn administrator(&self, text: &str) {
        self.write("etc/config.json", text);
    }

    pub(super) fn user(&self, text: &str) {
        self.write("home/.config/glduo/config.json", text);
    }

    pub(super) fn project(&self, text: &str) {
        self.write("work/.glduo.json", text);
    }

    /// Makes the working tree a repository with `main` checked out.
    pub(super) fn repository(&self, config: &str) {
        self.write("work/.git/HEAD", "ref: refs/heads/main\n");
        self.write("work/.git/config", config);
    }

    pub(super) fn go_to(&mut self, folder: &str) {
        self.system.working_directory = self.path(folder);
        fs::create_dir_all(&self.system.working_directory).expect("a folder");
    }

    pub(super) fn settings(&self) -> Result<Settings, ConfigError> {
        *self.said.borrow_mut() = Said::default();
        let stderr = Output::new(self.said.borrow().clone());
        let notes = Notes::new(stderr, self.verbosity, Redactor::default());
        let base = |text: &&str| BaseUrl::parse(text).ok();
        let connections = || self.connections.iter().filter_map(base).collect();
        Settings::load(&self.flags, &self.system, &notes, connections)
    }

    /// What the last [`World::settings`] said on standard error.
    pub(super) fn said(&self) -> String {
        let said = self.said.borrow();
        let bytes = said.0.lock().expect("the only holder");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("the only holder").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
