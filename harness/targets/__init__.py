"""What scenarios are run against: profiles, what each is able to do, what was made there and is deleted."""
