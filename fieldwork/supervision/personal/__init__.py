"""All that is stored about one person (个人信息): to be given to that person."""
