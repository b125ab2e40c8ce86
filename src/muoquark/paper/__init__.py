"""What is about this one paper: its plane, its robustness, its claims."""
