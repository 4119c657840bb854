"""`make test` and its parts: throwaway services around any command."""
