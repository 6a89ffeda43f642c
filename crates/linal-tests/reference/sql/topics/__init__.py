"""The statements, by topic; each module has `FILES`, from paths below `slt/` to functions that write them."""
