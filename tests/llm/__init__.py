"""A real LLM, asked for real: `make test-llm`."""
