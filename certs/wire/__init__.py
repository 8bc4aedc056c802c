"""Who is who as protobuf messages and back: departments and systems (`identity`), officers and mandates (`officers`). No rules."""
