/*application:Shop,controller:movies,action:show*/ SELECT 'it''s', "x" FROM `a` -- line
/*db_driver='django.db.backends.mysql',x='\'q\''*/;