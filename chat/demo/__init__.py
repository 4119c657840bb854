"""Demonstration companions, for development only: one person alone can live through the whole job."""
