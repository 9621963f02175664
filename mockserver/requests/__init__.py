"""What requests look like: shapes that check and complain in the API's words, and the fields made of them."""
