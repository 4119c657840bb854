"""Connected accounts: who they are, what they must still tell, the money passed on to them and paid out by them."""
