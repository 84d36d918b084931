module shardwire.example/eventstream

go 1.18
