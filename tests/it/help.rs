//! `glduo help`: commands, topics, and what was mistyped.

use crate::support::world::World;

#[test]
fn every_topic_is_printed_and_listed() {
    let overview = World::new().run("help").stdout;
    for topic in glduo::TOPICS {
        let told = World::new().run(&format!("help {}", topic.name));
        assert_eq!((told.code, told.stderr.as_str()), (0, ""), "{}", topic.name);
        assert_eq!(told.stdout, topic.text());
        assert!(overview.contains(topic.name), "{overview}");
    }
}

#[test]
fn a_command_is_explained_as_with_its_flag() {
    for command in ["mr list", "chat", "connect status"] {
        let asked = World::new().run(&format!("help {command}"));
        assert_eq!(asked.stdout, World::new().run(&format!("{command} --help")).stdout);
    }
}

#[test]
fn what_is_neither_is_bad_usage_with_the_nearest_name() {
    let told = World::new().run("help exit-code");
    assert_eq!((told.code, told.stdout.as_str()), (2, ""));
    assert!(told.stderr.contains("glduo help exit-codes"), "{}", told.stderr);
}
