"""What came of released lists: their frozen scores against the outcomes that followed."""
