"""The resource: problem_towns."""
