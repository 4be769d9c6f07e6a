//! The desk over real sockets.
