-- Every alert there ever was, so that history is completed and never doubled.
select * from alerts
