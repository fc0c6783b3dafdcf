"""The resource: users, their activation codes and their devices."""
