//! The `holdline` command: everything is in the library's `cli`.

/// A mock's request is some forty small pieces of memory, the oldest of the journal freed as the newest come.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    holdline::cli::main()
}
