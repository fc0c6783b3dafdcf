"""What the worker does with the bytes of photos: it reads them, reduces them, and compares them with all others."""
