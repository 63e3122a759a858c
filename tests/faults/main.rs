//! Nothing lost, nothing twice, whatever goes wrong: the real binary, real players, and stand-ins of the services that
//! fail in every way a service can. Every scenario ends in the same assertion ([`scene::the_history_is`]): the service's history
//! equals what was watched, one entry per viewing, with its true time.

mod calls;
mod combined;
mod crowd;
mod disk;
mod document;
mod flood;
mod habits;
mod hostile;
mod hostile_players;
mod hostile_service;
mod hostile_sockets;
mod kills;
mod migration;
mod purges;
#[path = "../river/scene.rs"]
mod scene;
mod service;
mod services;
mod shutdown;
mod stage;
mod time;
mod trakt;
mod troubles;
mod twos;
