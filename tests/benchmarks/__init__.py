"""Speed and memory, each as a ratio to a named peer in the same run; by hand, never part of the tests."""
