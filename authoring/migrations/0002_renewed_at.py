from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("authoring", "0001_initial")]

    operations = [migrations.RenameField("contentversion", "raised_at", "renewed_at")]
