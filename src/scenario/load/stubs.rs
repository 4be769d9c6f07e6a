//! The stub files that a desk names, and one that is checked by itself.

use super::{Loader, Many, One};
use crate::scenario::catalogue::Catalogue;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::model::Stubs;
use crate::scenario::resolve::stubs::{StubFile, stubs};
use crate::scenario::resolve::{Clock, Context};
use crate::scenario::tree::{self, Node, Place, Sources};
use crate::scenario::{defaults, files, raw};
use crate::time::{Span, Time};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A stub file that can be served.
#[derive(Clone, Debug)]
pub struct LoadedStubs {
    /// What it answers.
    pub stubs: Arc<Stubs>,
    /// What somebody may have meant otherwise.
    pub warnings: Vec<Diagnostic>,
    /// The texts that were read, for the warnings.
    pub sources: Arc<Sources>,
}

/// The length of the day that stands around a stub file by itself.
const DAY: Span = Span::from_secs(86_400);

impl Loader {
    /// Reads every stub file that the dependencies name, relative to the file that names it.
    pub(super) fn stub_files(&mut self, desk: &raw::Desk) -> One<Vec<StubFile>> {
        let mut all = Vec::new();
        for named in desk.dependencies.0.iter().filter_map(|(_, one)| one.stubs.as_ref()) {
            let base = self.folder_of(named.place);
            let path = files::below(&self.root, &base, &named.value)
                .map_err(|title| Box::new(Diagnostic::at(named.place, title)))?;
            let tree = self.file(&path, Some(named.place), &mut Vec::new())?;
            all.push(as_stubs(&path, named.place, tree)?);
        }
        Ok(all)
    }

    /// The folder of the file in which something stands; that of the scenario for what stands on the command line.
    fn folder_of(&self, place: Place) -> PathBuf {
        let name = self.sources.get(place.source).map(|source| source.name.as_str());
        match name.filter(|name| *name != "--set").map(Path::new).and_then(Path::parent) {
            Some(folder) => folder.to_path_buf(),
            None => self.root.clone(),
        }
    }

    /// A stub file by itself.
    pub(super) fn stub_file(&mut self, path: &Path, tree: Node) -> Many<LoadedStubs> {
        let file = as_stubs(path, tree.place, tree).map_err(|error| vec![*error])?;
        let end = Time::ZERO + DAY;
        let clock = Clock::new(defaults::START, end, end)
            .map_err(|error| vec![Diagnostic::error(error.title).help(error.help)])?;
        let (root, catalogue) = (self.folder(), Catalogue::shipped());
        let mut context = Context {
            errors: Vec::new(),
            warnings: std::mem::take(&mut self.warnings),
            clock,
            catalogue: &catalogue,
            folder: &root,
            desk: String::new(),
            data: Vec::new(),
            sources: self.sources.clone(),
            stub_files: Vec::new(),
        };
        let stubs = stubs(&mut context, &file);
        let Context { errors, warnings, .. } = context;
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(LoadedStubs { stubs, warnings, sources: Arc::new(std::mem::take(&mut self.sources)) })
    }
}

fn as_stubs(path: &Path, named: Place, tree: Node) -> One<StubFile> {
    let raw = tree::decode(&tree)?;
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    Ok(StubFile { named, raw, tree, folder })
}
